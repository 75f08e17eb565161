import { formatMs, formatNumber } from '../kernel/units.js'
import {
  formatObserved,
  formatQuantity,
  formatStatistic,
  objectiveMargin,
  objectiveSubject,
} from './quantities.js'
import type { ObjectiveJson, RunJson, Verdict } from './run-json.js'

/** What a run comes to, in words; the terminal and the page say the same ones. */
export interface Answer {
  readonly verdict: Verdict
  /** The verdict as one or two words. */
  readonly word: string
  /** One sentence: what was asked, and what came out. */
  readonly headline: string
  /** Sentences that belong beside it: what gave way, interruptions, doubts about the generator. */
  readonly remarks: readonly string[]
}

const words: Readonly<Record<Verdict, string>> = {
  pass: 'Pass',
  fail: 'Fail',
  inconclusive: 'Inconclusive',
  invalid: 'Invalid',
  exploratory: 'Exploratory',
}

export function answerOf(run: RunJson): Answer {
  return { verdict: run.verdict, word: words[run.verdict], headline: headline(run), remarks: remarks(run) }
}

/** `messages` or `requests`, as the protocol calls them. */
export const unitsOfLoad = (run: RunJson): string =>
  run.protocol.startsWith('http') ? 'requests' : 'messages'

/** `5,000 messages/s on 1,000 connections` */
export function loadPhrase(run: RunJson): string {
  if (run.load.sessions) return sessionsPhrase(run, run.load.sessions.users)
  const rate = run.load.offeredRate ?? run.load.achievedRate
  const connections = run.load.connections
  return `${formatNumber(rate)} ${unitsOfLoad(run)}/s on ${formatNumber(connections)} ${connections === 1 ? 'connection' : 'connections'}`
}

/** `50 sessions/s`, or `200 users` */
function sessionsPhrase({ load }: RunJson, users: number | null): string {
  if (users !== null) return `${formatNumber(users)} ${users === 1 ? 'user' : 'users'}`
  return `${formatNumber(load.offeredRate ?? 0)} sessions/s`
}

function headline(run: RunJson): string {
  const load = loadPhrase(run)
  if (wasUnreachable(run) && run.verdict !== 'invalid') return unreachable(run)
  switch (run.verdict) {
    case 'pass':
      return passed(run, load)
    case 'fail':
      return failed(run, load)
    case 'inconclusive':
      return undecided(run, load)
    case 'invalid':
      return sentence(
        `No verdict on the target: ${run.generator.reasons[0]?.detail ?? 'the generator could not keep its schedule'}`,
      )
    case 'exploratory':
      return explored(run, load)
  }
}

const wasUnreachable = ({ counters }: RunJson): boolean =>
  counters.connectionsOpened === 0 && counters.connectionsFailed > 0

function unreachable({ target, counters }: RunJson): string {
  return `No connection to ${target} could be opened: ${Object.keys(counters.errors.byKind).join(', ')}.`
}

function passed(run: RunJson, load: string): string {
  const tightest = byMargin(run.slo.filter((objective) => objective.ok === true))[0]
  const evidence = tightest ? ` with ${comparison(tightest)}` : ''
  return run.load.model === 'open'
    ? `Holds ${load}${evidence}.`
    : `In a closed loop, reaches ${load}${evidence}.`
}

function failed(run: RunJson, load: string): string {
  const missed = byMargin(run.slo.filter((objective) => objective.ok === false))
  const worst = missed[0]
  const evidence = worst ? `: ${comparison(worst)}` : ''
  const others = missed.length > 1 ? `; ${missed.length} of ${run.slo.length} objectives are missed` : ''
  return run.load.model === 'open'
    ? `Does not hold ${load}${evidence}${others}.`
    : `In a closed loop at ${load}, misses its objective${evidence}${others}.`
}

function undecided(run: RunJson, load: string): string {
  const open = run.slo.find((objective) => objective.ok === null)
  const reason = open ? `: ${open.note ?? `too little data for ${open.expression}`}` : ''
  return sentence(`The data cannot tell whether ${load} holds${reason}`)
}

function explored(run: RunJson, load: string): string {
  const response = run.metrics.response
  const mode = run.load.model === 'open' ? 'At' : 'In a closed loop at'
  if (!response || response.count === 0) return `${mode} ${load}, no response times were recorded.`
  const p50 = formatStatistic(response, 'p50')
  const p99 = formatStatistic(response, 'p99')
  return `${mode} ${load}, p50 is ${p50}, p99 ${p99} and p99.9 ${formatStatistic(response, 'p99.9')}.`
}

const comparison = (objective: ObjectiveJson): string =>
  `${objectiveSubject(objective)} ${formatObserved(objective)} (objective ${formatQuantity(objective.limit, objective.unit)})`

/** Least room first; objectives without a ratio come last. */
const byMargin = (objectives: readonly ObjectiveJson[]): ObjectiveJson[] =>
  objectives.toSorted((a, b) => (objectiveMargin(a) ?? Infinity) - (objectiveMargin(b) ?? Infinity))

function remarks(run: RunJson): string[] {
  const out: string[] = []
  if (run.interrupted) {
    out.push(`Interrupted: this is what ${formatMs(run.load.measuredSeconds * 1_000)} of measuring showed.`)
  }
  if (run.settings.targetGone === true) out.push('The target ended during the run.')
  if (typeof run.settings.abortedBy === 'string') {
    out.push(`Stopped early: ${run.settings.abortedBy} was surely lost by then.`)
  }
  const cause = firstToGiveWay(run)
  if (cause !== null) out.push(cause)
  if (run.verdict === 'exploratory') {
    const why = run.slo.length > 0 ? 'The run only explores' : 'No objective was set'
    out.push(`${why}, so nothing is judged.`)
  }
  if (run.generator.verdict === 'suspect') {
    const detail = run.generator.reasons[0]?.detail
    out.push(sentence(`The generator is suspect${detail === undefined ? '' : `: ${detail}`}`))
  }
  return out
}

function firstToGiveWay(run: RunJson): string | null {
  const first = run.diagnosis[0]
  if (!first || first.cause === 'none') return null
  if (first.cause === 'unexplained') {
    return run.verdict === 'fail' ? 'What gave way is unexplained: no rule fits the evidence.' : null
  }
  const place = first.where
  const where = place ? ` in ${place.function}, ${place.file}:${place.line}` : ''
  const lead = run.verdict === 'fail' ? 'First to give way' : 'Next to give way'
  return `${lead}: ${first.cause.replaceAll('-', ' ')}${where}.`
}

/** One sentence on what the mean of the response time hides; `null` without values. */
export function whatTheMeanHides(run: RunJson): string | null {
  const response = run.metrics.response
  if (!response || response.count === 0 || response.p50 <= 0) return null
  const spread = response.p99 / response.p50
  const mean = formatMs(response.mean)
  const p50 = formatStatistic(response, 'p50')
  const p99 = formatStatistic(response, 'p99')
  return spread < 2
    ? `The mean of ${mean} hides little here: half of all replies took ${p50} or less, and one in a hundred took ${p99} or more.`
    : `The mean of ${mean} hides the spread: half of all replies took ${p50} or less, and one in a hundred took ${p99} or more, ${formatNumber(spread)} times the median.`
}

/** How the warm-up was cut off, for the end of a line. */
export function warmupPhrase(run: RunJson): string {
  const { seconds, method, established } = run.load.warmup
  if (method === 'none') return 'none: the first second counts'
  const cut = `${formatMs(seconds * 1_000)} cut off`
  if (method === 'fixed') return `${cut}, a fixed time`
  return established === false
    ? `${cut}, steady state not established`
    : `${cut}, when the steady state was reached`
}

/** How replies were matched to their messages. */
export function replyPhrase(run: RunJson): string {
  const { reply } = run.load
  if (reply === 'fifo') return 'in order (fifo)'
  if (reply === 'none') return 'not at all: messages written are counted'
  if (reply === 'protocol') return 'by the protocol'
  if (reply === 'function') return 'by a function of the scenario'
  if (reply === 'session') return 'by the sessions themselves'
  return reply.startsWith('json:') ? `by JSON field ${reply.slice('json:'.length)}` : reply
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
