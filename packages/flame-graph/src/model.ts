// What needs no browser.
export {
  type CallTree,
  checkFlameData,
  type FlameData,
  type FlameFrame,
  type SampleStream,
  type Weights,
} from './data.js'
export { type ChangeStep, changeStep, type Difference, difference } from './difference.js'
export { callerTree, type InvertLimits } from './invert.js'
export { type JoinedCalls, joinData, pairFrames } from './join.js'
export { type FlameLayout, layoutFlame } from './layout.js'
export { categoryFill, categoryFills, changeFills, contrast, inkOn } from './palette.js'
export { type CategoryShare, sharesByCategory } from './shares.js'
export type { Comparison, FlameMode } from './state.js'
export { calleeTree, type FlameTree, totalsOf } from './tree.js'
export { outsideRanges, type SamplePredicate, type TimeRange, tidyRanges, weigh } from './weigh.js'
