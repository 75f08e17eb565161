import type { FlameLayout } from './layout.js'

export type Direction = 'up' | 'down' | 'left' | 'right'

/**
 * The frame that an arrow key leads to from `index`: parent, widest child, or the neighbour under the same parent.
 * Frames without width are passed over.
 */
export function neighbour(layout: FlameLayout, index: number, direction: Direction): number {
  switch (direction) {
    case 'up':
      return layout.tree.parent[index]! >= 0 ? layout.tree.parent[index]! : index
    case 'down':
      return widestChild(layout, index)
    case 'right':
      return nextSibling(layout, index)
    case 'left':
      return previousSibling(layout, index)
  }
}

const isVisible = ({ left, right }: FlameLayout, index: number): boolean => right[index]! > left[index]!

function widestChild(layout: FlameLayout, index: number): number {
  const { total, tree } = layout
  let widest = index
  for (let child = index + 1; child < tree.end[index]!; child = tree.end[child]!) {
    if (isVisible(layout, child) && (widest === index || total[child]! > total[widest]!)) widest = child
  }
  return widest
}

function nextSibling(layout: FlameLayout, index: number): number {
  const { parent, end } = layout.tree
  if (parent[index]! < 0) return index
  const stop = end[parent[index]!]!
  for (let next = end[index]!; next < stop; next = end[next]!) if (isVisible(layout, next)) return next
  return index
}

function previousSibling(layout: FlameLayout, index: number): number {
  const { parent, end } = layout.tree
  let previous = index
  if (parent[index]! < 0) return index
  for (let child = parent[index]! + 1; child < index; child = end[child]!) {
    if (isVisible(layout, child)) previous = child
  }
  return previous
}
