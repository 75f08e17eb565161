import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildCallTree, type CallTree, functionKey, nameOf, pseudoFrameOf } from './call-tree.js'
import type { CpuProfile } from './cpu-profile.js'

/** Frames over all stacks of a file: a text of hundreds of megabytes opens nowhere. */
const maxFramesOfFile = { collapsed: 2_000_000, speedscope: 10_000_000 }
const maxDepth = 1_000

/** The profile as Chrome DevTools, VS Code and speedscope open it. */
export const toCpuProfileText = (profile: CpuProfile): string => JSON.stringify(profile)

/**
 * Collapsed stacks, as flamegraph.pl and its relatives read them: `outer;inner 1234`, weighted by µs of on-CPU time,
 * without idle.
 */
export function toCollapsed(profile: CpuProfile): string {
  const tree = buildCallTree(profile)
  const onTop = tree.nodes.flatMap((node, index) =>
    tree.selfUs[index]! > 0 && pseudoFrameOf(node.callFrame) !== 'idle' ? [index] : [],
  )
  const depth = depthFor(onTop.length, maxFramesOfFile.collapsed)
  const labels = tree.nodes.map((_, index) => labelOf(tree, index))
  const sums = new Map<string, number>()
  for (const index of onTop) {
    const us = tree.selfUs[index]!
    const stack = stackOf(tree, index, depth).map((frame) => (frame < 0 ? '(cut)' : labels[frame]!))
    const line = stack.length === 0 ? '(root)' : stack.join(';')
    sums.set(line, (sums.get(line) ?? 0) + us)
  }
  return [...sums].map(([stack, us]) => `${stack} ${us}\n`).join('')
}

function labelOf(tree: CallTree, index: number): string {
  const { function: name, file, line } = nameOf(tree.nodes[index]!.callFrame)
  const where = file === '' || file === 'native' ? '' : ` (${file}:${line})`
  return `${name}${where}`.replaceAll(/[;\r\n]/g, ':')
}

interface SpeedscopeFrame {
  readonly name: string
  readonly file?: string
  readonly line?: number
}

/**
 * The JSON format of speedscope (its "sampled" profile): every sample in the order of time, in µs; idle time is a
 * sample without frames.
 */
export function toSpeedscope(profile: CpuProfile, name: string): string {
  const tree = buildCallTree(profile)
  const depth = depthFor(tree.sampleNodes.length, maxFramesOfFile.speedscope)
  const { frames, frameOf } = speedscopeFrames(tree)
  const samples: number[][] = []
  const weights: number[] = []
  let before = -1
  tree.sampleNodes.forEach((node, sample) => {
    const us = tree.sampleUs[sample]!
    if (node === before) weights[weights.length - 1]! += us
    else {
      const idle = pseudoFrameOf(tree.nodes[node]!.callFrame) === 'idle'
      samples.push(idle ? [] : stackOf(tree, node, depth).map((index) => (index < 0 ? 0 : frameOf[index]!)))
      weights.push(us)
    }
    before = node
  })
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'plimsoll',
    name,
    shared: { frames },
    profiles: [
      { type: 'sampled', name, unit: 'microseconds', startValue: 0, endValue: tree.wallUs, samples, weights },
    ],
  })
}

/** Frame 0 stands for what was cut out of a very deep stack. */
function speedscopeFrames(tree: CallTree): { frames: SpeedscopeFrame[]; frameOf: Int32Array } {
  const frames: SpeedscopeFrame[] = [{ name: '(cut)' }]
  const known = new Map<string, number>()
  const frameOf = Int32Array.from(tree.nodes, ({ callFrame }) => {
    const key = functionKey(callFrame)
    const index = known.get(key)
    if (index !== undefined) return index
    const { function: name, file, line } = nameOf(callFrame)
    frames.push({ name, ...(file === '' ? {} : { file }), ...(line === 0 ? {} : { line }) })
    known.set(key, frames.length - 1)
    return frames.length - 1
  })
  return { frames, frameOf }
}

const depthFor = (stacks: number, budget: number): number =>
  Math.max(32, Math.min(maxDepth, Math.floor(budget / Math.max(1, stacks))))

/** Node indices from the outermost frame to the innermost, without the root; −1 first where outer frames were cut off. */
function stackOf(tree: CallTree, index: number, limit: number): number[] {
  const stack: number[] = []
  let node = index
  for (; node > 0 && stack.length < limit; node = tree.parents[node]!) stack.push(node)
  if (node > 0) stack.push(-1)
  return stack.reverse()
}

/**
 * Writes `NAME.cpuprofile`, `NAME.speedscope.json` and `NAME.collapsed` into a folder that exists.
 * @returns the names of the files
 */
export async function writeProfile(folder: string, name: string, profile: CpuProfile): Promise<string[]> {
  const files = [
    [`${name}.cpuprofile`, toCpuProfileText(profile)],
    [`${name}.speedscope.json`, toSpeedscope(profile, name)],
    [`${name}.collapsed`, toCollapsed(profile)],
  ] as const
  for (const [file, text] of files) await writeFile(join(folder, file), text)
  return files.map(([file]) => file)
}
