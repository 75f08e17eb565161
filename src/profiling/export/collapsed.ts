import type { FlameProfile, ProfiledFrame } from '../flame-profile.js'
import { depthFor, stackOf } from './stacks.js'

const maxFramesOfFile = 2_000_000

/**
 * Collapsed stacks, as flamegraph.pl and its relatives read them: `outer;inner 1234`, weighted by the unit of the
 * profile (µs of on-CPU time, bytes), without idle time. Where there are several threads, they are the first frames.
 */
export function toCollapsed(flame: FlameProfile): string {
  const { frame, self } = flame.nodes
  const onTop = Array.from(self, (_, node) => node).filter((node) => self[node]! > 0)
  const depth = depthFor(onTop.length, maxFramesOfFile)
  const labels = flame.frames.map(labelOf)
  const sums = new Map<string, number>()
  for (const node of onTop) {
    const stack = stackOf(flame, node, depth).map((one) => (one < 0 ? '(cut)' : labels[frame[one]!]!))
    const line = stack.length === 0 ? '(root)' : stack.join(';')
    sums.set(line, (sums.get(line) ?? 0) + self[node]!)
  }
  return [...sums].map(([stack, weight]) => `${stack} ${Math.round(weight)}\n`).join('')
}

function labelOf({ name, file, line }: ProfiledFrame): string {
  const where = line > 0 ? ` (${file}:${line})` : ''
  return `${name}${where}`.replaceAll(/[;\r\n]/g, ':')
}
