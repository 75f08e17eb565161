import type { FlameProfile } from '../flame-profile.js'
import { kernelFile } from './perf-flame.js'

export interface KernelShares {
  /** Of on-CPU time. */
  readonly kernel: number
  /** By what brought the process into the kernel (`writev`, `page fault`), heaviest first. */
  readonly paths: ReadonlyArray<{ readonly name: string; readonly share: number }>
}

const ways: ReadonlyArray<readonly [RegExp, (match: RegExpExecArray) => string]> = [
  [/^__(?:x64|arm64|ia32|se)_sys_(\w+)/, (match) => match[1]!],
  [/page_fault/, () => 'page fault'],
  [/^(?:asm_)?sysvec_|^asm_common_interrupt|^irq_|interrupt/, () => 'interrupt'],
]

/** How much of the time is the kernel's, and by which system calls and faults. Empty for other profiles than perf's. */
export function kernelShares({ frames, nodes }: FlameProfile): KernelShares {
  const inKernel = frames.map(({ file }) => file === kernelFile)
  /** The way in that is nearest to user code. */
  const wayOf: Array<string | null> = []
  const sums = new Map<string, number>()
  let whole = 0
  let kernel = 0
  nodes.self.forEach((weight, node) => {
    const frame = nodes.frame[node]!
    const above = node === 0 ? null : wayOf[nodes.parent[node]!]!
    wayOf[node] = inKernel[frame] ? (above ?? wayIn(frames[frame]!.name)) : null
    whole += weight
    if (!inKernel[frame] || weight === 0) return
    kernel += weight
    const way = wayOf[node] ?? 'other'
    sums.set(way, (sums.get(way) ?? 0) + weight)
  })
  const shareOf = (weight: number): number => (whole > 0 ? weight / whole : 0)
  return {
    kernel: shareOf(kernel),
    paths: [...sums]
      .map(([name, weight]) => ({ name, share: shareOf(weight) }))
      .sort((a, b) => b.share - a.share),
  }
}

function wayIn(symbol: string): string | null {
  for (const [pattern, name] of ways) {
    const match = pattern.exec(symbol)
    if (match) return name(match)
  }
  return null
}
