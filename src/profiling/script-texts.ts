import type { Protocol } from 'devtools-protocol'
import type { CpuProfile, ProfileNode } from './cpu-profile.js'
import type { InspectorChannel } from './inspector-channel.js'
import type { FunctionExtent, ScriptText } from './thread-profile.js'

const maxScripts = 60
/** Of Node itself: a busy server meets some thirty. */
const maxNodeScripts = 40
const maxTextLength = 20_000_000
const timeoutMs = 10_000
const maxUrlLength = 20_000_000

/** A script that a profile names. */
export interface ProfiledScript {
  readonly scriptId: string
  readonly url: string
  /** Of the samples, on top of the stack or below. */
  readonly share: number
}

/**
 * The scripts on the stacks of the samples, the hottest first, and after them those of Node itself. A script that was
 * met but once, or only in what was learnt before, tells as well who calls whom; see `unfoldInlined`.
 */
export function hottestScripts(
  profile: CpuProfile,
  learnt: readonly ProfileNode[] = [],
): readonly ProfiledScript[] {
  const samples = new Map<string, number>()
  const urls = new Map<string, string>()
  for (const { scripts, hits } of stacksOf(profile)) {
    for (const frame of scripts.values()) {
      urls.set(frame.scriptId, frame.url)
      samples.set(frame.scriptId, (samples.get(frame.scriptId) ?? 0) + hits)
    }
  }
  for (const { callFrame: frame } of learnt) {
    if (!isTold(frame) || samples.has(frame.scriptId)) continue
    urls.set(frame.scriptId, frame.url)
    samples.set(frame.scriptId, 0)
  }
  const all = profile.samples.length
  const scripts = [...samples]
    .map(([scriptId, hits]) => ({ scriptId, url: urls.get(scriptId)!, share: all > 0 ? hits / all : 0 }))
    .sort((a, b) => b.share - a.share)
  const isOfNode = ({ url }: ProfiledScript): boolean => url.startsWith('node:')
  return [
    ...scripts.filter((script) => !isOfNode(script)).slice(0, maxScripts),
    ...scripts.filter(isOfNode).slice(0, maxNodeScripts),
  ]
}

type Frame = CpuProfile['nodes'][number]['callFrame']

/** The nodes with samples, each with the scripts on its stack; a stack of 10,000 frames needs no recursion. */
function* stacksOf(profile: CpuProfile): Generator<{ scripts: ReadonlyMap<string, Frame>; hits: number }> {
  const hits = new Map<number, number>()
  for (const id of profile.samples) hits.set(id, (hits.get(id) ?? 0) + 1)
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const isChild = new Set(profile.nodes.flatMap((node) => node.children ?? []))
  const open = profile.nodes
    .filter((node) => !isChild.has(node.id))
    .map((node) => ({ node, scripts: new Map<string, Frame>() }))
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const { node } = entry
    const scripts = withScript(entry.scripts, node.callFrame)
    const own = hits.get(node.id)
    if (own !== undefined) yield { scripts, hits: own }
    for (const child of node.children ?? []) open.push({ node: byId.get(child)!, scripts })
  }
}

const isTold = ({ url }: Frame): boolean => url !== '' && !url.startsWith('plimsoll:')

function withScript(scripts: Map<string, Frame>, frame: Frame): Map<string, Frame> {
  if (!isTold(frame) || scripts.has(frame.scriptId)) return scripts
  return new Map(scripts).set(frame.scriptId, frame)
}

/**
 * Fetches the texts of scripts as the engine compiled them, at most 20 MB of them. Turning the debugger on holds the
 * thread up for 50 to 200 ms (measured with 9 MB of scripts); its code keeps its speed. Never rejects: what cannot be
 * had is left out.
 */
export async function fetchScripts(
  session: InspectorChannel,
  wanted: readonly ProfiledScript[],
): Promise<ReadonlyMap<string, ScriptText>> {
  const texts = new Map<string, ScriptText>()
  if (wanted.length === 0) return texts
  try {
    const parsed = await scriptsOf(session, new Set(wanted.map(({ scriptId }) => scriptId)))
    const functions = await functionsOf(session, new Set(parsed.keys()))
    let left = maxTextLength
    for (const { scriptId, url } of wanted) {
      const script = parsed.get(scriptId)
      if (!script || texts.has(url)) continue
      const fits = script.length <= left
      if (fits) left -= script.length
      const source = fits ? await sourceOf(session, scriptId) : null
      texts.set(url, {
        source,
        sourceMapUrl: script.sourceMapUrl,
        ...(source !== null && functions.has(scriptId) ? { functions: functions.get(scriptId)! } : {}),
      })
    }
  } catch {
    // The thread ended or hangs: what there is must do.
  }
  await session.send('Debugger.disable', undefined, { timeoutMs: 1_000 }).catch(() => {})
  return texts
}

interface ParsedScript {
  readonly length: number
  readonly sourceMapUrl: string | null
}

/** `Debugger.enable` tells of every script that there is before it answers. */
async function scriptsOf(
  session: InspectorChannel,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, ParsedScript>> {
  const parsed = new Map<string, ParsedScript>()
  session.on('Debugger.scriptParsed', (event) => {
    const { scriptId, length, sourceMapURL } = event as Partial<Protocol.Debugger.ScriptParsedEvent>
    if (scriptId === undefined || !wanted.has(scriptId)) return
    const map = typeof sourceMapURL === 'string' && sourceMapURL.length <= maxUrlLength ? sourceMapURL : ''
    parsed.set(scriptId, { length: Number(length ?? 0), sourceMapUrl: map === '' ? null : map })
  })
  await session.send('Debugger.enable', {}, { timeoutMs })
  return parsed
}

async function sourceOf(session: InspectorChannel, scriptId: string): Promise<string | null> {
  try {
    const { scriptSource } = await session.send('Debugger.getScriptSource', { scriptId }, { timeoutMs })
    return typeof scriptSource === 'string' ? scriptSource : null
  } catch {
    // Collected meanwhile.
    return null
  }
}

/** Where functions stand: V8's best-effort coverage knows them, and measures nothing for it. */
async function functionsOf(
  session: InspectorChannel,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly FunctionExtent[]>> {
  const found = new Map<string, readonly FunctionExtent[]>()
  try {
    await session.send('Profiler.enable', undefined, { timeoutMs })
    const { result } = await session.send('Profiler.getBestEffortCoverage', undefined, { timeoutMs })
    for (const { scriptId, functions } of result) {
      if (!wanted.has(scriptId)) continue
      found.set(
        scriptId,
        functions.flatMap(({ functionName, ranges }) =>
          ranges.slice(0, 1).map(({ startOffset, endOffset }) => ({
            name: functionName.slice(0, 500),
            start: startOffset,
            end: endOffset,
          })),
        ),
      )
    }
    await session.send('Profiler.disable', undefined, { timeoutMs })
  } catch {
    // Texts are of use without it.
  }
  return found
}
