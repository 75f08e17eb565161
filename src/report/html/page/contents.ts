import { el } from './dom.js'

/** Links to the sections; the one that is being read is marked. */
export function contents(
  sections: readonly HTMLElement[],
  names: Readonly<Record<string, string>>,
): HTMLElement {
  const listed = sections.filter(({ id }) => id in names)
  const links = new Map(listed.map((part) => [part, el('a', { href: `#${part.id}` }, names[part.id]!)]))
  const nav = el('nav', { 'aria-label': 'Sections' }, ...links.values())
  const inSight = new Set<Element>()
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) inSight.add(target)
        else inSight.delete(target)
      }
      mark(
        nav,
        links,
        listed.find((part) => inSight.has(part)),
      )
    },
    // Where the eye rests: a band in the upper half of the window.
    { rootMargin: '-15% 0px -60% 0px' },
  )
  for (const part of listed) observer.observe(part)
  return nav
}

function mark(
  nav: HTMLElement,
  links: ReadonlyMap<HTMLElement, HTMLElement>,
  current: HTMLElement | undefined,
): void {
  for (const [part, link] of links) {
    if (part !== current) link.removeAttribute('aria-current')
    else if (!link.hasAttribute('aria-current')) {
      link.setAttribute('aria-current', 'location')
      // Only the row of links scrolls, never the page.
      nav.scrollLeft = link.offsetLeft - nav.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2
    }
  }
}
