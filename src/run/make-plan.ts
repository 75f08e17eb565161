import { dirname } from 'node:path'
import { PlimsollError } from '../kernel/errors.js'
import { nearMiss } from '../kernel/near-miss.js'
import { parseDuration, parseRate, parseSize } from '../kernel/units.js'
import type { RateSegment } from '../load/rate-shape.js'
import { usefulWorkers } from '../load/share.js'
import { type Protocol, protocolOf } from '../protocols/registry.js'
import { type CompiledScenario, loadScenarioFile } from '../scenario/load-file.js'
import type { Scenario, Stage } from '../scenario/scenario.js'
import { guardHost } from './host-guard.js'
import type { LoadOptions } from './load-options.js'
import type { Plan, Warmup } from './plan.js'
import { planBodyFile, planPipelining } from './plan-http.js'
import { planMethod, planPayload } from './plan-payload.js'
import { planSessions } from './plan-sessions.js'
import { planTls } from './tls-plan.js'

/** `--warmup auto` looks for the steady state for so long at most, and not longer than the measured window. */
const autoWarmupCapSeconds = 20

export interface PlanRequest {
  /** A URL or the path of a scenario. */
  readonly what: string
  /** What to call the run; else the scenario's name, or the host. */
  readonly name?: string
  readonly options: LoadOptions
  readonly targetCommand: readonly string[] | null
  /** The command line to repeat the run with. */
  readonly command: string
  readonly cores: number
}

/**
 * Decides everything about a run from a URL or scenario and the options; an option outranks the scenario.
 * @throws PlimsollError for whatever cannot be read or does not fit together
 */
export async function makePlan(request: PlanRequest): Promise<Plan> {
  const { options, targetCommand } = request
  if (targetCommand?.length === 0) throw new PlimsollError('USAGE', 'There is no command after --.')
  const compiled = await loadWhat(request.what)
  const { scenario } = compiled
  const load = scenario.load ?? {}
  const traffic = scenario.traffic ?? {}
  const url = parseTarget(scenario.target)
  const protocol = protocolOf(url)
  refuseForeignOptions(options, protocol)
  // Sessions may open WebSockets whatever the scheme of their target.
  if (options.compression && protocol === 'http1' && !scenario.session) {
    throw new PlimsollError('USAGE', '--compression is for WebSockets.', {
      hint: "For HTTP send -H 'accept-encoding: gzip'.",
    })
  }
  const isSession = scenario.session !== undefined
  const askedConnections = wholeNumber(options.connections, '--connections')
  const sessions = planSessions(scenario, options, askedConnections)
  const payload =
    (await planBodyFile(options, traffic, dirname(request.what), protocol, isSession)) ??
    (sessions
      ? { kind: 'none' as const }
      : await planPayload(options.payload, traffic, protocol, options.method ?? traffic.method))
  const shape = sessions === null ? load : sessions.users === null ? (load.sessions ?? {}) : {}
  const rate = planRate(options, shape)
  const measuredSeconds = aboveZero(
    seconds(options.duration, load.duration, stageSeconds(rate, shape.stages) ?? 10),
    'duration',
  )
  const objectives = options.slo ?? scenario.slo ?? []
  const explore = options.explore ?? false
  if (objectives.length === 0 && !explore) {
    throw new PlimsollError('NO_OBJECTIVE', 'No objective is given, so there is nothing to judge by.')
  }
  const connections = sessions?.users ?? askedConnections ?? load.connections ?? 10
  const reply = sessions ? 'session' : planReply(options.reply ?? traffic.reply, protocol, rate !== null)
  const plan: Plan = {
    name: request.name ?? scenario.name ?? url.host.replaceAll(/[^\w.-]/g, '-'),
    target: url.href,
    protocol,
    model: rate === null ? 'closed' : 'open',
    arrival: oneOf(options.arrival, ['constant', 'poisson'], '--arrival') ?? load.arrival ?? 'constant',
    rate: rate?.length === 1 && rate[0]!.seconds === 0 ? [{ ...rate[0]!, seconds: measuredSeconds }] : rate,
    connections,
    workers: usefulWorkers(
      wholeNumber(options.workers, '--workers') ?? load.workers ?? defaultWorkers(request.cores),
      connections,
    ),
    warmup: planWarmup(options.warmup ?? load.warmup, measuredSeconds),
    measuredSeconds,
    profile: oneOf(options.profile, ['after', 'throughout', 'none'], '--profile') ?? 'after',
    pprof: await planPprof(options),
    syscalls: options.syscalls ?? false,
    connectRate: aboveZero(rateOf(options.connectRate ?? load.connectRate) ?? 2_000, 'rate of connections'),
    reconnect: options.reconnect ?? load.reconnect ?? false,
    timeoutMs: aboveZero(seconds(options.timeout, traffic.timeout, 10), 'timeout') * 1_000,
    maxMessageBytes: parseSize(traffic.maxMessageSize ?? '64MiB'),
    maxOutstanding:
      wholeNumber(options.maxOutstanding, '--max-outstanding') ?? load.maxOutstanding ?? 1_000_000,
    seed: wholeNumber(options.seed, '--seed', 0) ?? load.seed ?? 1,
    method: planMethod(options.method ?? traffic.method, payload),
    headers: [...Object.entries(traffic.headers ?? {}), ...(options.header ?? []).map(parseHeader)],
    subprotocols: options.subprotocol ?? traffic.subprotocols ?? [],
    compression: options.compression ?? traffic.compression ?? false,
    tls: await planTls({
      options,
      scenario: scenario.tls,
      scenarioFolder: dirname(request.what),
      target: url,
      onlyTarget: scenario.session === undefined,
    }),
    payload,
    pipelining: planPipelining(options.pipelining, traffic, protocol, isSession),
    reply,
    sessions,
    scenarioModule:
      sessions || payload.kind === 'script' || reply === 'function' ? compiled.modulePath : null,
    objectives,
    explore,
    abortOnFail: options.abortOnFail ?? false,
    observe: planObserve(options.observe),
    pacing: oneOf(options.pacing, ['auto', 'spin', 'sleep'], '--pacing') ?? 'auto',
    targetCommand,
    command: request.command,
  }
  return Object.freeze(plan)
}

/** The URL is asked by us, so that its host must be allowed as that of the target. */
async function planPprof({ pprof, allowHost }: LoadOptions): Promise<string | null> {
  if (pprof === undefined) return null
  if (!/^https?:\/\//.test(pprof) || !URL.canParse(pprof)) {
    throw new PlimsollError('BAD_VALUE', `--pprof takes an http:// or https:// URL, not '${pprof}'.`, {
      hint: 'Write it like http://127.0.0.1:6060/debug/pprof/.',
    })
  }
  await guardHost(new URL(pprof), allowHost ?? [])
  return pprof
}

/** An option of the other protocol would be without effect: better said than passed over. */
function refuseForeignOptions({ method, subprotocol }: LoadOptions, protocol: Protocol): void {
  if (protocol === 'websocket' && method !== undefined) {
    throw new PlimsollError('USAGE', 'A WebSocket has no request method.', {
      hint: 'Leave -m, --method out.',
    })
  }
  if (protocol === 'http1' && subprotocol !== undefined && subprotocol.length > 0) {
    throw new PlimsollError('USAGE', 'HTTP has no subprotocols.', {
      hint: 'Leave --subprotocol out, or name a ws:// or wss:// target.',
    })
  }
}

/** On loopback one core is left to the target. */
const defaultWorkers = (cores: number): number => Math.max(1, cores - 1)

async function loadWhat(what: string): Promise<CompiledScenario> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(what)) return { scenario: { target: what }, modulePath: '' }
  if (/\.(ts|mts|js|mjs)$/.test(what)) return await loadScenarioFile(what)
  if (/\.(ya?ml|json)$/.test(what)) {
    throw new PlimsollError('SCENARIO_UNREADABLE', `${what}: Artillery scripts cannot be run yet.`)
  }
  throw new PlimsollError('USAGE', `'${what}' is neither a URL nor a scenario file.`, {
    hint: 'Name a URL such as ws://127.0.0.1:8080, or a file that ends in .ts, .js or .mjs.',
  })
}

function parseTarget(target: string): URL {
  if (!URL.canParse(target)) {
    throw new PlimsollError('UNSUPPORTED_TARGET', `'${target}' is not a URL.`)
  }
  return new URL(target)
}

function planRate(
  options: LoadOptions,
  load: Pick<NonNullable<Scenario['load']>, 'rate' | 'stages'>,
): RateSegment[] | null {
  if (options.rate === undefined && load.stages) return stagesToSegments(load.stages)
  const asked = rateOf(options.rate ?? load.rate)
  if (asked === null) return null
  const rate = aboveZero(asked, 'rate')
  return [{ from: rate, to: rate, seconds: 0 }]
}

function stagesToSegments(stages: readonly Stage[]): RateSegment[] {
  let from = 0
  const segments = stages.map((stage) => {
    const held = 'at' in stage
    const to = rateOf(held ? stage.at : stage.to)!
    const segment = {
      from: held ? to : from,
      to,
      seconds: parseDuration(held ? stage.for : stage.over) / 1_000,
    }
    from = to
    return segment
  })
  aboveZero(Math.max(...segments.map((segment) => segment.to)), 'rate of at least one stage')
  return segments
}

function stageSeconds(rate: RateSegment[] | null, stages: readonly Stage[] | undefined): number | null {
  return rate && stages ? rate.reduce((sum, segment) => sum + segment.seconds, 0) : null
}

function planWarmup(text: string | undefined, measuredSeconds: number): Warmup {
  if (text === 'auto') return { method: 'auto', capSeconds: Math.min(autoWarmupCapSeconds, measuredSeconds) }
  return { method: 'fixed', seconds: text === undefined ? 5 : parseDuration(text) / 1_000 }
}

function planReply(
  reply: string | ((message: string) => unknown) | undefined,
  protocol: Protocol,
  open: boolean,
): string {
  if (protocol === 'http1') {
    if (reply === undefined || reply === 'auto') return 'protocol'
    throw new PlimsollError('USAGE', 'HTTP pairs replies with requests itself.', {
      hint: 'Leave reply (--reply) out.',
    })
  }
  if (typeof reply === 'function') return 'function'
  const rule = reply ?? 'auto'
  if (!/^(auto|fifo|none|json:.+)$/.test(rule)) {
    const near = nearMiss(rule, ['auto', 'fifo', 'none', 'json:id'])
    throw new PlimsollError('USAGE', `'${rule}' is not a way to match replies.`, {
      hint: `${near ? `Did you mean '${near}'? ` : ''}It is one of auto, fifo, none, json:PATH.`,
    })
  }
  if (rule === 'none' && !open) {
    throw new PlimsollError('USAGE', 'Without replies the closed model has nothing to wait for.', {
      hint: 'Give a rate with -r.',
    })
  }
  return rule
}

function planObserve(text: string | undefined): Plan['observe'] {
  if (text !== undefined && /^\d+$/.test(text)) return Number(text)
  return oneOf(text, ['auto', 'proc', 'none'] as const, '--observe') ?? 'auto'
}

function parseHeader(line: string): [string, string] {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):\s*([^\r\n]*)$/.exec(line)
  if (!match) {
    throw new PlimsollError('USAGE', `'${line}' is not a header.`, {
      hint: "Write it like -H 'name: value'.",
    })
  }
  return [match[1]!, match[2]!.trim()]
}

function aboveZero(value: number, what: string): number {
  if (value > 0) return value
  throw new PlimsollError('BAD_VALUE', `The ${what} must be above 0.`)
}

const rateOf = (rate: string | number | undefined): number | null =>
  rate === undefined ? null : typeof rate === 'number' ? rate : parseRate(rate)

function seconds(option: string | undefined, field: string | undefined, fallback: number): number {
  const text = option ?? field
  return text === undefined ? fallback : parseDuration(text) / 1_000
}

function wholeNumber(text: string | undefined, option: string, least = 1): number | null {
  if (text === undefined) return null
  const value = Number(text.replaceAll('_', ''))
  if (!Number.isSafeInteger(value) || value < least) {
    throw new PlimsollError(
      'BAD_VALUE',
      `${option} takes a whole number of at least ${least}, not '${text}'.`,
      {
        hint: 'Write it like 1000.',
      },
    )
  }
  return value
}

function oneOf<Choice extends string>(
  text: string | undefined,
  choices: readonly Choice[],
  option: string,
): Choice | null {
  if (text === undefined) return null
  const found = choices.find((choice) => choice === text)
  if (found) return found
  const near = nearMiss(text, choices)
  throw new PlimsollError('USAGE', `${option} does not take '${text}'.`, {
    hint: `${near ? `Did you mean '${near}'? ` : ''}It is one of ${choices.join(', ')}.`,
  })
}
