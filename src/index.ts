export { Random } from './kernel/random.js'
export {
  defineScenario,
  type Load,
  type PayloadContext,
  type PayloadFunction,
  type ReplyFunction,
  type Scenario,
  type Stage,
  type Traffic,
} from './scenario/scenario.js'
