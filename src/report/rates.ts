import { formatRate } from '../kernel/units.js'
import { unitsOfLoad } from './answer.js'
import type { RunJson } from './run-json.js'

/** Offered, dispatched and achieved rate on one line, and which model they belong to. */
export function ratesPhrase(run: RunJson): string {
  const { load } = run
  const model =
    load.model === 'open' ? `open model${load.arrival ? `, ${load.arrival}` : ''}` : 'closed model'
  const offered = load.offeredRate === null ? '' : `offered ${formatRate(load.offeredRate)} · `
  const dispatched = `${offered}dispatched ${formatRate(load.dispatchedRate)}`
  const achieved = `achieved ${formatRate(load.achievedRate)}`
  // The two rates of sessions are of arrivals, the third of the messages in them: they must not be compared.
  return load.sessions
    ? `sessions ${dispatched} · ${unitsOfLoad(run)} ${achieved} · ${model}`
    : `${dispatched} · ${achieved} · ${model}`
}
