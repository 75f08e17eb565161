/** Colours of the stylesheet for what is drawn on canvas, by the name of their custom property. */
const cache = new Map<string, string>()
const redraws = new Set<() => void>()
const fits = new Set<(widthPx: number | null) => void>()

/** What A4 and Letter both have room for, between the margins that the stylesheet sets. */
const paperWidthPx = 680

/** The value of a custom property such as `--ink`, in the colour scheme of the moment. */
export function color(name: string): string {
  let value = cache.get(name)
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
    cache.set(name, value)
  }
  return value
}

export const canvasFont =
  '11px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif'

/** Calls back after the colour scheme changed, so that canvases draw themselves again. */
export function onThemeChange(redraw: () => void): void {
  redraws.add(redraw)
}

/** Calls back with the width of paper before the page is printed, and with `null` when it is back on the screen. */
export function onPaperWidth(adapt: (widthPx: number | null) => void): void {
  fits.add(adapt)
}

/** Follows the reader's colour scheme, and prints in the light one, with everything unfolded. */
export function watchTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh)
  const unfolded = new Set<HTMLDetailsElement>()
  addEventListener('beforeprint', () => {
    document.documentElement.dataset.theme = 'light'
    for (const details of document.querySelectorAll<HTMLDetailsElement>(
      'details:not([open], .screen-only)',
    )) {
      details.open = true
      unfolded.add(details)
    }
    for (const adapt of fits) adapt(paperWidthPx)
    refresh()
  })
  addEventListener('afterprint', () => {
    delete document.documentElement.dataset.theme
    for (const details of unfolded) details.open = false
    unfolded.clear()
    for (const adapt of fits) adapt(null)
    refresh()
  })
}

function refresh(): void {
  cache.clear()
  for (const redraw of redraws) redraw()
}
