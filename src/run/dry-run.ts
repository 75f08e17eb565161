import { pathToFileURL } from 'node:url'
import { parseObjective } from '../analysis/objectives.js'
import { formatBytes, formatMs, formatNumber, formatRate } from '../kernel/units.js'
import { RateShape } from '../load/rate-shape.js'
import { ownConnections } from '../load/share.js'
import { RequestWriter } from '../protocols/http1/request.js'
import { renderHead } from '../protocols/http1/request-head.js'
import type { Protocol } from '../protocols/registry.js'
import { clip, safeLine, wrap } from '../report/terminal/text-layout.js'
import { type PayloadWriter, renderPayload } from '../scenario/payload.js'
import type { ReplyFunction, Scenario } from '../scenario/scenario.js'
import { type Plan, profiledSecondsOf } from './plan.js'
import { replyRule } from './reply-rule.js'
import { payloadOf } from './traffic-load.js'

const shownMessages = 3
/** Of a longer message the beginning tells enough. */
const shownCharacters = 2_000
const shownBytes = 48

/** One message as it would go out. */
export interface DryMessage {
  readonly id: number
  /** The connection that it is due on. */
  readonly connection: number
  readonly bytes: number
  /** Null for bytes that are no text. */
  readonly text: string | null
  /** The first bytes in base 16, of one that is no text. */
  readonly hex: string | null
}

/** What a run would do. */
export interface DryRun {
  readonly plan: Omit<Plan, 'scenarioModule'>
  /** How replies would be matched, in words. */
  readonly reply: string
  /** Messages due in the measured window; null in the closed model. */
  readonly messagesDue: number | null
  readonly workers: ReadonlyArray<{ readonly connections: number }>
  /** None of a session, which says only when it runs what it sends. */
  readonly messages: readonly DryMessage[]
}

/**
 * Works out what a run would send, without opening a connection or starting anything.
 * @throws PlimsollError BAD_OBJECTIVE, SCENARIO_INVALID, USAGE, as the run itself would
 */
export async function dryRun(plan: Plan): Promise<DryRun> {
  for (const objective of plan.objectives) parseObjective(objective)
  const { scenarioModule, ...shown } = plan
  const scenario = scenarioModule === null ? null : await importScenario(scenarioModule)
  const payload = plan.sessions === null && plan.payload.kind !== 'file' ? payloadOf(plan, scenario) : null
  return {
    plan: shown,
    reply: describeReply(plan, payload, scenario),
    messagesDue:
      plan.rate === null || plan.sessions
        ? null
        : Math.floor(new RateShape(plan.rate).cumulative(plan.measuredSeconds)),
    workers: Array.from({ length: plan.workers }, (_, worker) => ({
      connections: ownConnections({ worker, workers: plan.workers, connections: plan.connections }),
    })),
    messages: plan.sessions ? [] : renderMessages(plan, payload),
  }
}

async function importScenario(modulePath: string): Promise<Scenario> {
  return ((await import(pathToFileURL(modulePath).href)) as { default: Scenario }).default
}

function renderMessages(plan: Plan, payload: PayloadWriter | null): DryMessage[] {
  const render = rendererOf(plan, payload)
  return Array.from({ length: shownMessages }, (_, id) => {
    const content = render(id)
    const text = content.toString('utf8')
    const isText = Buffer.from(text).equals(content)
    return {
      id,
      connection: id % plan.connections,
      bytes: content.length,
      text: isText ? text : null,
      hex: isText ? null : content.subarray(0, shownBytes).toString('hex'),
    }
  })
}

function rendererOf(plan: Plan, payload: PayloadWriter | null): (id: number) => Buffer {
  if (plan.protocol === 'websocket') return (id) => renderPayload(payload!, id)
  const request = { url: new URL(plan.target), headers: plan.headers, method: plan.method }
  if (payload === null) return () => headOfStream(plan, request)
  const writer = new RequestWriter(request, payload)
  return (id) => Buffer.from(writer.render(id))
}

/** A body that is read from a file as it is sent is named, not shown. */
function headOfStream({ payload }: Plan, request: Parameters<typeof renderHead>[0]): Buffer {
  const { text } = renderHead(request)
  const body = payload.kind === 'file' ? `(${payload.bytes} bytes of ${payload.path})` : ''
  return Buffer.from(`${text}\r\n${body}`)
}

function describeReply(plan: Plan, payload: PayloadWriter | null, scenario: Scenario | null): string {
  if (plan.sessions) return 'by the sessions themselves'
  if (payload === null) return 'by the protocol'
  const { reply } = scenario?.traffic ?? {}
  const idOf = typeof reply === 'function' ? (reply as ReplyFunction) : null
  const rule = replyRule(plan.reply, payload, idOf)
  switch (rule.kind) {
    case 'auto':
      return `by JSON field ${rule.key}, if replies carry it; else in order (fifo)`
    case 'json':
      return `by JSON field ${rule.path.join('.')}`
    case 'fifo':
      return 'in order (fifo)'
    case 'none':
      return 'not at all: messages written are counted'
    case 'function':
      return 'by a function of the scenario'
    case 'protocol':
      return 'by the protocol'
  }
}

const labelColumns = 13
const protocolNames = { websocket: 'WebSocket', http1: 'HTTP/1.1' } as const satisfies Record<
  Protocol,
  string
>

/** The dry run for a terminal of `width` columns. `sources`: where options came from beside the command line. */
export function renderDryRun(shown: DryRun, sources: readonly string[], width: number): string {
  const { plan } = shown
  const lines = ['Dry run: nothing is opened, sent or started.', '']
  const entry = (label: string, text: string): void => {
    for (const [at, part] of wrap(safeLine(text), Math.max(20, width - labelColumns)).entries()) {
      lines.push((at === 0 ? label : '').padEnd(labelColumns) + part)
    }
  }
  entry('Target', `${plan.target} (${protocolNames[plan.protocol]})`)
  if (plan.targetCommand) entry('', `started by: ${plan.targetCommand.join(' ')}`)
  entry('Load', describeLoad(shown))
  if (plan.rate && plan.rate.length > 1) for (const stage of describeStages(plan)) entry('', stage)
  entry('Phases', describePhases(plan))
  entry('Workers', describeWorkers(shown))
  entry('Replies', `matched ${shown.reply}; a timeout after ${formatMs(plan.timeoutMs)}`)
  for (const [at, objective] of plan.objectives.entries()) entry(at === 0 ? 'Objectives' : '', objective)
  if (plan.explore) entry(plan.objectives.length === 0 ? 'Objectives' : '', 'nothing is judged (--explore)')
  for (const [at, source] of sources.entries()) entry(at === 0 ? 'Options' : '', source)
  lines.push('', ...describeMessages(shown, width))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`

function describeLoad({ plan, messagesDue }: DryRun): string {
  const { rate, sessions } = plan
  if (sessions?.users != null) {
    const most = sessions.iterations === null ? '' : `, ${counted(sessions.iterations, 'session')} in all`
    return `closed model: ${counted(sessions.users, 'user')}, each begins again when the session is over${most}`
  }
  if (rate === null) {
    return `closed model: ${counted(plan.connections, 'connection')}, each sends again when it has its reply`
  }
  const shape = new RateShape(rate)
  const asked = shape.isConstant ? formatRate(shape.finalRate) : 'a rate that changes,'
  if (sessions) return `open model: sessions begin at ${asked}, ${plan.arrival} arrivals`
  const unit = plan.protocol === 'http1' ? 'request' : 'message'
  return `open model: ${asked} over ${counted(plan.connections, 'connection')}, ${plan.arrival} arrivals; ${counted(messagesDue ?? 0, unit)} in the measured window`
}

const describeStages = ({ rate }: Pick<Plan, 'rate'>): string[] =>
  (rate ?? []).map(({ from, to, seconds }) =>
    from === to
      ? `${formatRate(to)} for ${formatMs(seconds * 1_000)}`
      : `${formatRate(from)} to ${formatRate(to)} over ${formatMs(seconds * 1_000)}`,
  )

function describePhases(plan: DryRun['plan']): string {
  const { warmup, measuredSeconds, connections, connectRate, profile } = plan
  const time = (seconds: number): string => formatMs(seconds * 1_000)
  const connecting = plan.sessions
    ? ''
    : `connect ${counted(connections, 'connection')} at ${formatRate(connectRate)}, `
  const warm =
    warmup.method === 'auto'
      ? `warm up until it is steady, at most ${time(warmup.capSeconds)}`
      : `warm up ${time(warmup.seconds)}`
  const profiled =
    profile === 'after'
      ? `, profile up to ${time(profiledSecondsOf(measuredSeconds))} if the target allows`
      : ''
  return `${connecting}${warm}, measure ${time(measuredSeconds)}${profiled}, then wait for what is still open`
}

function describeWorkers({ plan, workers }: DryRun): string {
  const processes = counted(workers.length, 'process', 'processes')
  if (plan.sessions) return processes
  const counts = workers.map(({ connections }) => connections)
  const most = Math.max(...counts)
  const least = Math.min(...counts)
  const each = most === least ? formatNumber(most) : `${formatNumber(least)} or ${formatNumber(most)}`
  return `${processes} of ${each} ${most === 1 ? 'connection' : 'connections'}${workers.length > 1 ? ' each' : ''}`
}

function describeMessages({ plan, messages }: DryRun, width: number): string[] {
  if (plan.sessions) return ['The session function says what is sent, and it is not run.']
  const lines = [`The first ${shownMessages} ${plan.protocol === 'http1' ? 'requests' : 'messages'}:`]
  for (const message of messages) {
    lines.push(`  ${message.id}  ${formatBytes(message.bytes)} on connection ${message.connection}`)
    lines.push(...contentLines(message, Math.max(20, width - 5)).map((line) => `     ${line}`))
  }
  return lines
}

function contentLines({ text, hex, bytes }: DryMessage, columns: number): string[] {
  if (text === null)
    return wrap(`${hex!.replaceAll(/(..)/g, '$1 ')}${bytes > shownBytes ? '…' : ''}`, columns)
  return clip(text, shownCharacters)
    .split(/\r?\n/)
    .flatMap((line) => cut(safeLine(line), columns))
}

/** Pieces of a line, spaces and all. */
function cut(line: string, columns: number): string[] {
  const characters = [...line]
  const pieces = Array.from({ length: Math.ceil(characters.length / columns) }, (_, piece) =>
    characters.slice(piece * columns, (piece + 1) * columns).join(''),
  )
  return pieces.length > 0 ? pieces : ['']
}
