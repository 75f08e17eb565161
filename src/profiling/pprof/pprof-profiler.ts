import { get as getPlain } from 'node:http'
import { get as getTls } from 'node:https'
import { PlimsollError } from '../../kernel/errors.js'
import { analyzeFlame } from '../analyze-flame.js'
import { caveatOfFewSamples } from '../few-samples.js'
import { type ProfileFormat, profileFiles } from '../formats.js'
import type { ProfileResult, Profiler } from '../profiler.js'
import { readPprof } from './pprof-reader.js'

const maxBytes = 64_000_000
/** So long a service may take to write its profile when its time is over. */
const graceMs = 10_000

const failed = (what: string, hint?: string): PlimsollError =>
  new PlimsollError('PROFILE_FAILED', `The profile cannot be fetched: ${what}.`, hint ? { hint } : {})

const usualHint = 'A Go service offers it with: import _ "net/http/pprof", at http://HOST:PORT/debug/pprof/.'

/** Where the profile of a kind is: `/debug/pprof/profile` or `/heap` next to what the URL names. */
export function pprofUrl(base: string, kind: 'cpu' | 'heap', seconds: number): URL {
  const url = new URL(base)
  const folder = /^(.*\/debug\/pprof)(?:\/.*)?$/.exec(url.pathname)?.[1] ?? '/debug/pprof'
  url.pathname = `${folder}/${kind === 'cpu' ? 'profile' : 'heap'}`
  url.search = kind === 'cpu' ? `?seconds=${Math.max(1, Math.round(seconds))}` : ''
  return url
}

/**
 * GET, bounded in time and size; no redirect is followed.
 * @throws PlimsollError PROFILE_FAILED
 */
export function fetchProfile(url: URL, timeoutMs: number, signal?: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? getTls : getPlain
    const request = get(url, { agent: false, ...(signal ? { signal } : {}) }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size > maxBytes) end(failed(`${url.href} sends more than ${maxBytes / 1e6} MB`))
      })
      response.on('error', () => end(failed(`${url.href} broke off within its answer`)))
      response.on('end', () => {
        const body = Buffer.concat(chunks)
        if (response.statusCode === 200) end(body)
        else {
          const said = body
            .toString('utf8', 0, 200)
            .replaceAll(/[^\x20-\x7e]+/g, ' ')
            .trim()
          end(
            failed(`${url.href} answers ${response.statusCode}${said === '' ? '' : `: ${said}`}`, usualHint),
          )
        }
      })
    })
    const timer = setTimeout(() => end(failed(`${url.href} did not answer in time`)), timeoutMs)
    request.on('error', (error) => end(failed(`${url.href}: ${error.message}`, usualHint)))
    const end = (outcome: Buffer | PlimsollError): void => {
      clearTimeout(timer)
      if (outcome instanceof PlimsollError) reject(outcome)
      else resolve(outcome)
      request.destroy()
    }
  })
}

/** @throws PlimsollError PROFILE_FAILED */
export function readFetched(
  url: URL,
  body: Buffer,
  seconds: number,
  formats?: readonly ProfileFormat[],
  name = 'cpu',
): ProfileResult {
  const read = readPprof(body)
  if ('problem' in read) throw failed(`what ${url.href} sends cannot be read: ${read.problem}`, usualHint)
  const whole = read.seconds || seconds
  const startedAtMs = Date.now() - whole * 1_000
  return {
    analysis: analyzeFlame(read.flame, whole, caveatOfFewSamples(read.samples)),
    files: profileFiles(name, { flame: read.flame, seconds: whole, startedAtMs }, formats),
  }
}

/**
 * Profiles a service by its pprof URL. Such a profile cannot be ended early: it is asked for `seconds`, and where
 * `stop` comes before, the answer is waited for in `result`.
 */
export function pprofProfiler(base: string, seconds = 10): Profiler {
  const url = pprofUrl(base, 'cpu', seconds)
  let answer: Promise<Buffer> | null = null
  const abort = new AbortController()
  return {
    how: 'pprof',
    async prime() {},
    async start() {
      answer = fetchProfile(url, seconds * 1_000 + graceMs, abort.signal)
      answer.catch(() => {})
    },
    async stop() {},
    async result() {
      if (answer === null) throw failed('none was asked for')
      return readFetched(url, await answer, seconds)
    },
    async detach() {
      abort.abort()
    },
  }
}
