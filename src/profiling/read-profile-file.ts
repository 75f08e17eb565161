import { open } from 'node:fs/promises'
import { PlimsollError } from '../kernel/errors.js'
import { analyzeFlame } from './analyze-flame.js'
import { analyzeProfiles, type ProfileAnalysis } from './analyze-profile.js'
import { checkCpuProfile } from './cpu-profile.js'
import { caveatOfFewSamples } from './few-samples.js'
import { type ExportedProfile, timesOf } from './formats.js'
import { PerfStacks } from './native/perf-flame.js'
import { PerfScriptParser } from './native/perf-script.js'
import { readPprof } from './pprof/pprof-reader.js'
import { isGzip } from './pprof/pprof-writer.js'

export interface FileProfile {
  /** `.cpuprofile`, `pprof` or `perf script`. */
  readonly format: string
  readonly analysis: ProfileAnalysis
  readonly exported: ExportedProfile
}

const maxBytes = 500_000_000

const unreadable = (file: string, why: string, cause?: unknown): PlimsollError =>
  new PlimsollError('PROFILE_UNREADABLE', `${file} cannot be read as a profile: ${why}.`, { cause })

/**
 * Reads a profile that something else took.
 * @throws PlimsollError PROFILE_UNREADABLE
 */
export async function readProfileFile(file: string): Promise<FileProfile> {
  const bytes = await readBounded(file)
  if (bytes.length === 0) throw unreadable(file, 'it is empty')
  if (isGzip(bytes)) return fromPprof(file, bytes)
  const start = bytes.subarray(0, 200).toString('latin1').trimStart()
  if (start.startsWith('{')) return fromCpuProfile(file, bytes)
  return fromPerfScript(bytes) ?? fromPprof(file, bytes)
}

async function readBounded(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      if (size > maxBytes) throw new Error('it has more than 500 MB')
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw unreadable(file, (cause as Error).message, cause)
  }
}

function fromCpuProfile(file: string, bytes: Buffer): FileProfile {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw unreadable(file, 'its JSON is damaged or cut off', cause)
  }
  const checked = checkCpuProfile(value)
  if ('problem' in checked) throw unreadable(file, checked.problem)
  const threads = [{ pid: 0, threadId: 0, thread: 'main', profile: checked.profile, scripts: new Map() }]
  const analysis = analyzeProfiles(threads)
  const times = timesOf(threads.map(({ profile }) => profile))
  return { format: '.cpuprofile', analysis, exported: { flame: analysis.flame, threads, ...times } }
}

function fromPprof(file: string, bytes: Buffer): FileProfile {
  const read = readPprof(bytes)
  if ('problem' in read) throw unreadable(file, read.problem)
  const { flame, seconds, samples } = read
  const analysis = analyzeFlame(flame, seconds, caveatOfFewSamples(samples))
  return { format: 'pprof', analysis, exported: { flame, seconds, startedAtMs: Date.now() } }
}

/** null where nothing in the text is of perf. */
function fromPerfScript(bytes: Buffer): FileProfile | null {
  const stacks = new PerfStacks()
  const parser = new PerfScriptParser((sample) => stacks.add(sample))
  for (let at = 0; at < bytes.length; at += 1_000_000) {
    parser.push(bytes.subarray(at, at + 1_000_000).toString('latin1'))
    if (at === 0 && parser.samples === 0 && bytes.length > 1_000_000) return null
  }
  parser.end()
  if (parser.samples === 0) return null
  const flame = stacks.build()
  const analysis = analyzeFlame(flame, 0, [
    ...(parser.cut ? ['only the first 2,000,000 samples were read'] : []),
    ...caveatOfFewSamples(stacks.samples),
  ])
  const { seconds } = analysis
  return { format: 'perf script', analysis, exported: { flame, seconds, startedAtMs: Date.now() } }
}
