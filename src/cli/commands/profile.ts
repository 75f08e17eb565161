import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ExitCode, PlimsollError } from '../../kernel/errors.js'
import { formatShare } from '../../kernel/units.js'
import type { World } from '../../kernel/world.js'
import { type SyscallTable, traceSyscalls } from '../../profiling/native/syscalls.js'
import { kernelShares } from '../../profiling/native/system-paths.js'
import type { ProfileFile } from '../../profiling/profiler.js'
import { categoriesPhrase } from '../../report/categories-phrase.js'
import { loadPageAssets } from '../../report/html/page-shell.js'
import { renderProfilePage } from '../../report/html/render-profile-page.js'
import { reportFlame } from '../../report/report-flame.js'
import { safeLine } from '../../report/terminal/text-layout.js'
import { type FinishedProfile, profileProcess, readSubject } from '../../run/profile-process.js'
import { defaultRunPath } from '../../run/run-folder.js'
import { readFormat } from '../export-formats.js'
import { type ProfileOutput, profileKindNames, profileOutputs } from '../profile-formats.js'

export interface ProfileOptions {
  readonly seconds?: string
  readonly kind?: string
  readonly format?: readonly string[]
  readonly out?: string
  readonly syscalls?: boolean
  readonly allowHost?: readonly string[]
  readonly quiet?: boolean
}

const longestSeconds = 3_600
const endings: Readonly<Record<ProfileOutput, string>> = {
  html: '.html',
  cpuprofile: '.cpuprofile',
  speedscope: '.speedscope.json',
  collapsed: '.collapsed',
  pprof: '.pb.gz',
}

/** `plimsoll profile`: a flame graph of a process that runs, without a load of ours. */
export async function profile(what: string, options: ProfileOptions, world: World): Promise<ExitCode> {
  const subject = readSubject(what)
  const kind = readFormat(options.kind ?? 'cpu', profileKindNames)
  const seconds = readSeconds(options.seconds ?? '10')
  const formats = [...new Set((options.format ?? ['html']).flatMap((list) => list.split(',')))].map((one) =>
    readFormat(one.trim(), profileOutputs),
  )
  if (options.out === '-' && formats.length > 1) {
    throw new PlimsollError('USAGE', 'Standard output takes one format.', {
      hint: 'Give --format once with --out -.',
    })
  }
  const say = (line: string): void => {
    if (!options.quiet) world.stderr.write(`${safeLine(line)}\n`)
  }
  const abort = new AbortController()
  const stopListening = world.onInterrupt(
    () => abort.abort(),
    () => {},
  )
  try {
    const allowHosts = options.allowHost ?? []
    const finished = await profileProcess({ subject, kind, seconds, allowHosts, signal: abort.signal, say })
    const written = await writeProfile(finished, formats, options.out, world)
    const syscalls = options.syscalls ? await countSyscalls(finished, seconds, abort.signal, say) : null
    const summary = summaryOf(finished, kind, syscalls, written)
    if (options.out === '-') say(`${formats[0]} written to standard output`)
    else world.stdout.write(summary)
  } catch (error) {
    if (!abort.signal.aborted) throw error
    say((error as Error).message)
  } finally {
    stopListening()
  }
  return abort.signal.aborted ? ExitCode.interrupted : ExitCode.ok
}

function readSeconds(text: string): number {
  const seconds = Number(/^([\d.]+)s?$/.exec(text)?.[1] ?? Number.NaN)
  if (seconds > 0 && seconds <= longestSeconds) return seconds
  throw new PlimsollError(
    'BAD_VALUE',
    `--seconds takes a number above 0, at most ${longestSeconds}, not '${text}'.`,
    {
      hint: 'Write it like 10.',
    },
  )
}

async function countSyscalls(
  { pids }: FinishedProfile,
  seconds: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<SyscallTable> {
  const [pid] = pids
  if (pid === undefined) {
    throw new PlimsollError('USAGE', '--syscalls needs a process of this machine.', {
      hint: 'Name its pid or its port.',
    })
  }
  say(`Counting system calls of process ${pid} for ${seconds} s, which slows it down meanwhile`)
  return signal.aborted ? { by: 'strace', rows: [] } : await traceSyscalls(pid, seconds * 1_000, signal)
}

/** @returns the paths, as a user would name them; empty for standard output */
async function writeProfile(
  finished: FinishedProfile,
  formats: readonly ProfileOutput[],
  out: string | undefined,
  world: World,
): Promise<string[]> {
  const files = formats.flatMap((format) => filesOf(finished, format, world))
  if (out === '-') {
    const [first, ...more] = files
    if (!first) throw notInFormat(formats[0]!)
    if (more.length > 0) {
      throw new PlimsollError(
        'USAGE',
        'There is one .cpuprofile for each thread, and standard output takes one file.',
        {
          hint: 'Name a folder with --out, or take another format.',
        },
      )
    }
    process.stdout.write(first.content)
    return []
  }
  if (files.length === 0) throw notInFormat(formats[0]!)
  const asFile =
    files.length === 1 &&
    out !== undefined &&
    !(await isFolder(resolve(world.cwd, out))) &&
    /\.\w+$/.test(out)
  const folder = out ?? defaultRunPath('.', 'profile', world.now())
  const paths = asFile ? [out] : files.map(({ name }) => join(folder, name))
  try {
    for (const [index, path] of paths.entries()) {
      const whole = resolve(world.cwd, path)
      await mkdir(dirname(whole), { recursive: true })
      await writeFile(whole, files[index]!.content)
    }
  } catch (cause) {
    throw new PlimsollError(
      'OUTPUT_UNWRITABLE',
      `The profile cannot be written: ${(cause as Error).message}`,
      { cause },
    )
  }
  return paths
}

const notInFormat = (format: ProfileOutput): PlimsollError =>
  new PlimsollError('USAGE', `This profile cannot be written as ${format}: it has no times.`, {
    hint: 'Take html, speedscope, collapsed or pprof.',
  })

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

function filesOf(finished: FinishedProfile, format: ProfileOutput, world: World): ProfileFile[] {
  if (format !== 'html') return finished.files.filter(({ name }) => name.endsWith(endings[format]))
  const { title, how, analysis } = finished
  const isHeap = analysis.flame.unit === 'bytes'
  const content = renderProfilePage(
    {
      title,
      subtitle: `${isHeap ? 'Heap' : 'CPU'} profile by ${how}, ${world.now().toISOString().slice(0, 19)}Z.`,
      flames: [reportFlame({ title: isHeap ? 'Heap' : 'CPU', how, analysis })],
      version: world.version,
    },
    loadPageAssets(),
  )
  return [{ name: 'profile.html', content }]
}

const syscallWays = {
  strace: 'while strace slowed the process down',
  'perf trace': 'by perf trace, which slowed the process down; calls that wait have no share',
} as const

function summaryOf(
  { title, how, analysis }: FinishedProfile,
  kind: string,
  syscalls: SyscallTable | null,
  written: readonly string[],
): string {
  const lines = [
    `${safeLine(title)}`,
    `by ${how}${analysis.seconds > 0 ? `, ${analysis.seconds.toFixed(1)} s` : ''}`,
  ]
  if (analysis.seconds > 0)
    lines.push(`on CPU      ${formatShare(1 - analysis.idleShare)} of the busiest thread's time`)
  lines.push(`categories  ${categoriesPhrase(analysis)}`)
  const { kernel, paths } = kernelShares(analysis.flame)
  if (kind === 'kernel' || kernel > 0.005) {
    const ways = paths.slice(0, 5).map(({ name, share }) => `${name} ${formatShare(share)}`)
    lines.push(`kernel      ${formatShare(kernel)}${ways.length > 0 ? `: ${ways.join(' · ')}` : ''}`)
  }
  lines.push('hottest')
  for (const { function: name, file, line, selfShare } of analysis.hottest.slice(0, 5)) {
    const where = file === '' ? '' : ` ${file}${line > 0 ? `:${line}` : ''}`
    lines.push(`  ${formatShare(selfShare).padStart(7)}  ${safeLine(`${name}${where}`)}`)
  }
  if (syscalls) {
    lines.push(`system calls (${syscallWays[syscalls.by]})`)
    for (const { name, calls, errors, share } of syscalls.rows.slice(0, 10))
      lines.push(
        `  ${formatShare(share).padStart(7)}  ${name}, ${calls} calls${errors > 0 ? `, ${errors} failed` : ''}`,
      )
    if (syscalls.rows.length === 0) lines.push('  none')
  }
  for (const problem of analysis.problems) lines.push(`note: ${safeLine(problem)}`)
  for (const path of written) lines.push(`written     ${path}`)
  return `${lines.join('\n')}\n`
}
