import type { FlameLayout } from './layout.js'

export type Direction = 'up' | 'down' | 'left' | 'right'

/** The frame that an arrow key leads to from `index`: parent, widest child, or the neighbour under the same parent. */
export function neighbour(layout: FlameLayout, index: number, direction: Direction): number {
  switch (direction) {
    case 'up':
      return layout.parent[index]! >= 0 ? layout.parent[index]! : index
    case 'down':
      return widestChild(layout, index)
    case 'right':
      return nextSibling(layout, index)
    case 'left':
      return previousSibling(layout, index)
  }
}

function widestChild(layout: FlameLayout, index: number): number {
  let widest = index
  for (let child = index + 1; child < layout.end[index]!; child = layout.end[child]!) {
    if (widest === index || layout.width[child]! > layout.width[widest]!) widest = child
  }
  return widest
}

function nextSibling(layout: FlameLayout, index: number): number {
  const parent = layout.parent[index]!
  const next = layout.end[index]!
  return parent >= 0 && next < layout.end[parent]! ? next : index
}

function previousSibling(layout: FlameLayout, index: number): number {
  const parent = layout.parent[index]!
  if (parent < 0) return index
  let previous = index
  for (let child = parent + 1; child < index; child = layout.end[child]!) previous = child
  return previous
}
