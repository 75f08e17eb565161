import { readdirSync, readFileSync } from 'node:fs'

const sampleEveryMs = 50

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Pids of the direct children of a process. */
export const childrenOf = (pid: number): number[] =>
  readProc(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)

/** The first child of a process whose command line contains `word`. */
export const childNamed = (pid: number, word: string): number | undefined =>
  childrenOf(pid).find((child) => readProc(`/proc/${child}/cmdline`).includes(word))

/** Every process on the machine whose command line contains `word`. */
export const processesNamed = (word: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isAlive(pid) && readProc(`/proc/${pid}/cmdline`).includes(word))

/** False for a zombie too. */
export const isAlive = (pid: number): boolean => /^State:\s+[^ZX]/m.test(readProc(`/proc/${pid}/status`))

/** Follows the memory of a process and its children; `end` tells the sum of their peaks in bytes. */
export function watchMemory(pid: number): { end(): number } {
  const peaks = new Map<number, number>()
  const sample = (): void => {
    for (const one of [pid, ...childrenOf(pid)]) {
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${one}/status`))
      if (peak) peaks.set(one, Number(peak[1]) * 1_024)
    }
  }
  const timer = setInterval(sample, sampleEveryMs)
  return {
    end() {
      clearInterval(timer)
      return [...peaks.values()].reduce((sum, peak) => sum + peak, 0)
    },
  }
}
