import type { FlameData as GraphData } from '../../../../../packages/flame-graph/src/data.js'
import type { FlameData } from '../../../flame-data.js'

/** The same flame graph as the canvas takes it. */
export const graphData = ({ unit, frames, nodes, streams }: FlameData): GraphData => ({
  unit,
  frames,
  frame: nodes.frame,
  parent: nodes.parent,
  self: nodes.self,
  streams: streams.map(({ thread, startUs, node, us }) => ({ name: thread, startUs, node, us })),
})
