/** What a graph must follow on its page. */
export interface Surroundings {
  /** The width to draw for, in CSS pixels; its own, or that of paper. */
  fit(widthPx: number): void
  /** Colours may have changed. */
  recolour(): void
}

/**
 * Watches the width of `box`, the ratio of device pixels, the colour scheme and printing. On paper a graph is drawn
 * in light colours: `host` has the attribute `data-flame-paper` meanwhile.
 * @returns a function that ends it
 */
export function watchSurroundings(
  host: HTMLElement,
  box: HTMLElement,
  paperWidthPx: number,
  { fit, recolour }: Surroundings,
): () => void {
  const ends: (() => void)[] = []
  const on = (target: EventTarget, type: string, listener: () => void): void => {
    target.addEventListener(type, listener)
    ends.push(() => target.removeEventListener(type, listener))
  }
  let widthPx = 0
  const observer = new ResizeObserver(() => {
    if (box.clientWidth === widthPx || host.hasAttribute('data-flame-paper')) return
    widthPx = box.clientWidth
    fit(widthPx)
  })
  observer.observe(box)
  ends.push(() => observer.disconnect())
  on(matchMedia('(prefers-color-scheme: dark)'), 'change', recolour)
  on(globalThis, 'beforeprint', () => {
    host.setAttribute('data-flame-paper', '')
    recolour()
    fit(paperWidthPx)
  })
  on(globalThis, 'afterprint', () => {
    host.removeAttribute('data-flame-paper')
    recolour()
    fit(box.clientWidth)
  })
  ends.push(watchRatio(() => fit(box.clientWidth)))
  return () => {
    for (const end of ends) end()
  }
}

/** A media query names one ratio, so that each change needs a new one. */
function watchRatio(changed: () => void): () => void {
  let query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`)
  const listener = (): void => {
    query.removeEventListener('change', listener)
    query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`)
    query.addEventListener('change', listener)
    changed()
  }
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}
