import { monotonicUs } from '../kernel/clock.js'
import { PlimsollError } from '../kernel/errors.js'
import { analyzeFlame } from '../profiling/analyze-flame.js'
import { analyzeProfiles, type ProfileAnalysis } from '../profiling/analyze-profile.js'
import { processesToAttach } from '../profiling/attach/cluster.js'
import { justEnded, nodeProfileFiles, profileFiles } from '../profiling/formats.js'
import { heapFlame } from '../profiling/heap-flame.js'
import { inspectorSocketUrl, profileByUrl } from '../profiling/inspector-url.js'
import { perfAvailability, perfProfiler } from '../profiling/native/perf-profiler.js'
import { attachNodeTarget } from '../profiling/node-target.js'
import { fetchProfile, pprofUrl, readFetched } from '../profiling/pprof/pprof-profiler.js'
import type { ProfileFile, Profiler } from '../profiling/profiler.js'
import { readProfileFile } from '../profiling/read-profile-file.js'
import { describeProcess, isAlive } from '../target/describe-process.js'
import { findListeners } from '../target/find-listener.js'
import { hintOf } from './describe-refusal.js'
import { guardHost } from './host-guard.js'
import { NodeObserver } from './node-observer.js'

export const profileKinds = ['cpu', 'heap', 'kernel'] as const
export type ProfileKind = (typeof profileKinds)[number]

/** What is to be profiled, read from the command line. */
export type ProfileSubject =
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'pprof' | 'inspector'; readonly url: URL }
  | { readonly kind: 'file'; readonly path: string }

export interface ProfileRequest {
  readonly subject: ProfileSubject
  readonly kind: ProfileKind
  readonly seconds: number
  readonly allowHosts: readonly string[]
  /** Ends the profile early; what it had is kept. */
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

export interface FinishedProfile {
  /** What was profiled, in words. */
  readonly title: string
  readonly pids: readonly number[]
  /** inspector, perf, pprof, or the format of a file. */
  readonly how: string
  readonly analysis: ProfileAnalysis
  /** In all formats. */
  readonly files: readonly ProfileFile[]
}

/** @throws PlimsollError USAGE */
export function readSubject(text: string): ProfileSubject {
  if (/^\d+$/.test(text)) return { kind: 'pid', pid: Number(text) }
  const port = /^(?:localhost|127\.0\.0\.1)?:(\d+)$/.exec(text)?.[1]
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535)
    return { kind: 'port', port: Number(port) }
  if (/^(?:https?|wss?):\/\//.test(text) && URL.canParse(text)) {
    const url = new URL(text)
    return { kind: /\/debug\/pprof/.test(url.pathname) ? 'pprof' : 'inspector', url }
  }
  if (/[./]/.test(text)) return { kind: 'file', path: text }
  throw new PlimsollError('USAGE', `'${text}' is neither a process, a port, a URL nor a file.`, {
    hint: 'Name a pid (4242), a port (:3000), an inspector URL (ws://127.0.0.1:9229/…), a pprof URL or a file.',
  })
}

/** Takes one profile. @throws PlimsollError PROFILE_FAILED, TARGET_UNREACHABLE, HOST_NOT_ALLOWED, PROFILE_UNREADABLE */
export async function profileProcess(request: ProfileRequest): Promise<FinishedProfile> {
  const { subject } = request
  try {
    switch (subject.kind) {
      case 'file':
        return await ofFile(subject.path)
      case 'pprof':
        return await ofPprof(subject.url, request)
      case 'inspector':
        return await ofInspector(subject.url, request)
      default:
        return await ofProcesses(pidsOf(subject), request)
    }
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.code !== 'ATTACH_FAILED') throw error
    const hint = hintOf(error)
    throw new PlimsollError('PROFILE_FAILED', error.message, {
      cause: error,
      ...(hint === null ? {} : { hint }),
    })
  }
}

function pidsOf(subject: Extract<ProfileSubject, { kind: 'pid' | 'port' }>): number[] {
  if (subject.kind === 'pid') {
    if (isAlive(subject.pid)) return [subject.pid]
    throw new PlimsollError('TARGET_UNREACHABLE', `There is no process ${subject.pid}.`, {
      hint: 'Name a process that runs on this machine, or the port that it listens on, such as :3000.',
    })
  }
  const pids = processesToAttach(findListeners(subject.port))
  if (pids.length > 0) return pids
  throw new PlimsollError('TARGET_UNREACHABLE', `Nobody listens on port ${subject.port} here.`, {
    hint: 'A process of another user is seen by root only, and one in a container from inside it.',
  })
}

async function ofProcesses(pids: readonly number[], request: ProfileRequest): Promise<FinishedProfile> {
  const processes = pids.map(describeProcess)
  const title = processes
    .map(({ pid, command }) => (command === null ? `process ${pid}` : `${command}, process ${pid}`))
    .join('; ')
  const areNode = processes.every(({ kind }) => kind === 'node')
  if (request.kind === 'heap') {
    if (areNode) return { title, pids, ...(await ofHeap(pids[0]!, request)) }
    throw new PlimsollError(
      'PROFILE_FAILED',
      'The heap of a process that is not Node cannot be profiled from outside.',
      {
        hint: 'Of a Go service name its pprof URL: http://HOST:PORT/debug/pprof/heap.',
      },
    )
  }
  if (request.kind === 'cpu' && areNode) {
    const node = new NodeObserver(monotonicUs)
    const ports = request.subject.kind === 'port' ? [request.subject.port] : []
    await node.attach(pids, ports)
    return { title, pids, how: 'inspector', ...(await record(node, request)) }
  }
  const available = await perfAvailability()
  if (!available.ok) {
    const why =
      request.kind === 'kernel'
        ? 'A profile with the kernel needs perf'
        : 'A process that is not Node needs perf'
    throw new PlimsollError('PROFILE_FAILED', `${why}, and ${available.reason}.`, { hint: available.hint })
  }
  return { title, pids, how: 'perf', ...(await record(perfProfiler(pids), request)) }
}

async function record(
  profiler: Profiler,
  request: ProfileRequest,
): Promise<Pick<FinishedProfile, 'analysis' | 'files'>> {
  try {
    await profiler.prime()
    await profiler.start()
    await wait(request)
    await profiler.stop()
    return await profiler.result()
  } finally {
    await profiler.detach()
  }
}

function wait({ seconds, signal, say }: ProfileRequest): Promise<void> {
  say(`Profiling for ${seconds} s; Ctrl-C ends it early and keeps what there is`)
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, seconds * 1_000)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}

/** What lives on the heap, by who allocated it while it was watched. */
async function ofHeap(
  pid: number,
  request: ProfileRequest,
): Promise<Pick<FinishedProfile, 'how' | 'analysis' | 'files'>> {
  const target = await attachNodeTarget(pid)
  try {
    request.say(`Sampling allocations for ${request.seconds} s`)
    const flame = heapFlame(await target.sampleHeap(request.seconds * 1_000))
    const exported = { flame, ...justEnded(request.seconds) }
    return { how: 'inspector', analysis: analyzeFlame(flame, 0), files: profileFiles('heap', exported) }
  } finally {
    await target.detach()
  }
}

async function ofInspector(url: URL, request: ProfileRequest): Promise<FinishedProfile> {
  await guardHost(url, request.allowHosts)
  if (request.kind !== 'cpu') {
    throw new PlimsollError('USAGE', `--kind ${request.kind} needs a process of this machine, not a URL.`, {
      hint: 'Name its pid or its port.',
    })
  }
  const socketUrl = await inspectorSocketUrl(url)
  const thread = await profileByUrl(socketUrl, () => wait(request))
  const analysis = analyzeProfiles([thread])
  const files = nodeProfileFiles('cpu', [thread], analysis.flame)
  return {
    title: `process ${thread.pid} at ${url.host}`,
    pids: [thread.pid],
    how: 'inspector',
    analysis,
    files,
  }
}

async function ofPprof(url: URL, request: ProfileRequest): Promise<FinishedProfile> {
  await guardHost(url, request.allowHosts)
  const { kind, seconds, signal, say } = request
  if (kind === 'kernel') {
    throw new PlimsollError('USAGE', '--kind kernel needs a process of this machine, not a URL.', {
      hint: 'Name its pid or its port.',
    })
  }
  const asked = pprofUrl(url.href, kind, seconds)
  say(kind === 'cpu' ? `Asking ${asked.href}; such a profile cannot be ended early` : `Asking ${asked.href}`)
  const body = await fetchProfile(asked, (kind === 'cpu' ? seconds : 0) * 1_000 + 15_000, signal)
  const result = readFetched(asked, body, kind === 'cpu' ? seconds : 0, undefined, kind)
  return { title: url.host, pids: [], how: 'pprof', ...result }
}

async function ofFile(path: string): Promise<FinishedProfile> {
  const { format, analysis, exported } = await readProfileFile(path)
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.(?:cpuprofile|pb\.gz|pprof|txt|json|gz)$/, '')
  return { title: path, pids: [], how: format, analysis, files: profileFiles(name || 'profile', exported) }
}
