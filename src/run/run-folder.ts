import { appendFile, mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PlimsollError } from '../kernel/errors.js'

/** A run of an hour with a profile needs less. */
const neededBytes = 64 * 1_048_576

/** Files of a run that was kept in the same folder before: what is left of one must not pass for part of another. */
const ownFiles = [
  'run.json',
  'timeline.ndjson',
  'exemplars.ndjson',
  'latency.hlog',
  'report-data.json',
  'report.html',
  'target.log',
]

/**
 * The folder of one run. Written as the run goes, so that a crash keeps what it had. After it was opened, a write
 * that fails (a disk that filled up) ends no run: the first failure is kept, to be told with the result.
 */
export class RunFolder {
  readonly path: string
  failure: Error | null = null
  #queue: Promise<void> = Promise.resolve()

  private constructor(path: string) {
    this.path = path
  }

  /**
   * Creates the folder, and finds out now whether it can be written.
   * @throws PlimsollError OUTPUT_UNWRITABLE
   */
  static async open(path: string): Promise<RunFolder> {
    try {
      await makeFolder(join(path, 'profiles'))
      const workerLogs = (await readdir(path)).filter((name) => /^latency-worker-\d+\.hlog$/.test(name))
      for (const name of [...ownFiles, ...workerLogs]) await rm(join(path, name), { force: true })
      await writeFile(join(path, 'timeline.ndjson'), '')
      const { bavail, bsize } = await statfs(path)
      if (bavail * bsize < neededBytes)
        throw new Error(`only ${Math.floor((bavail * bsize) / 1e6)} MB are free there`)
    } catch (cause) {
      throw new PlimsollError(
        'OUTPUT_UNWRITABLE',
        `The run cannot be kept in ${path}: ${(cause as Error).message}`,
        {
          cause,
        },
      )
    }
    return new RunFolder(path)
  }

  file(name: string): string {
    return join(this.path, name)
  }

  append(name: string, text: string): void {
    this.#enqueue(() => appendFile(this.file(name), text))
  }

  /** Replaces a file as a whole: a reader sees the old one or the new one. */
  replace(name: string, content: string | Uint8Array): void {
    this.#enqueue(async () => {
      const temporary = this.file(`${name}.partial`)
      try {
        await writeFile(temporary, content)
        await rename(temporary, this.file(name))
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {})
        throw error
      }
    })
  }

  /** Resolves when all that was handed over is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.#queue
  }

  #enqueue(write: () => Promise<void>): void {
    this.#queue = this.#queue.then(write).catch((error: Error) => {
      this.failure ??= error
    })
  }
}

/** `.plimsoll/<name>-<UTC time>` below `base`. */
export function defaultRunPath(base: string, name: string, startedAt: Date): string {
  const time = startedAt.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return join(base, '.plimsoll', `${name.replaceAll(/[^\w.-]/g, '-')}-${time}`)
}

/**
 * Creates a folder and those above it. (`recursive` of `mkdir` never returns where a file system such as /proc answers
 * ENOENT for what it will not create.)
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path)
  }
}
