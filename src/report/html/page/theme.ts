/** Colours of the stylesheet for what is drawn on canvas, by the name of their custom property. */
const cache = new Map<string, string>()
const listeners = new Set<() => void>()

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
  listeners.add(redraw)
}

/** Follows the reader's colour scheme, and prints in the light one. */
export function watchTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh)
  addEventListener('beforeprint', () => {
    document.documentElement.dataset.theme = 'light'
    for (const details of document.querySelectorAll('details')) details.open = true
    refresh()
  })
  addEventListener('afterprint', () => {
    delete document.documentElement.dataset.theme
    refresh()
  })
}

function refresh(): void {
  cache.clear()
  for (const redraw of listeners) redraw()
}
