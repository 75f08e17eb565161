import { monotonicUs } from '../kernel/clock.js'
import { PlimsollError } from '../kernel/errors.js'
import { checkCpuProfile } from './cpu-profile.js'
import { attachFailed } from './inspector-channel.js'
import { InspectorClient } from './inspector-client.js'
import { fetchProfile } from './pprof/pprof-profiler.js'
import type { ThreadProfile } from './thread-profile.js'

const listTimeoutMs = 5_000
const startMs = 10_000
const stopMs = 30_000

/**
 * The WebSocket of an inspector. Of `http://HOST:PORT` the list is asked; only an id is taken over from it, since its
 * URLs could name another host.
 * @throws PlimsollError PROFILE_FAILED
 */
export async function inspectorSocketUrl(url: URL): Promise<string> {
  if (url.protocol === 'ws:' || url.protocol === 'wss:') return url.href
  const list = new URL('/json/list', url)
  try {
    const entries: unknown = JSON.parse((await fetchProfile(list, listTimeoutMs)).toString('utf8'))
    const id = (Array.isArray(entries) ? (entries[0] as { id?: unknown } | undefined) : undefined)?.id
    if (typeof id === 'string' && /^[\w-]{1,100}$/.test(id)) return `ws://${url.host}/${id}`
  } catch (cause) {
    throw noInspector(url, cause)
  }
  throw noInspector(url)
}

const noInspector = (url: URL, cause?: unknown): PlimsollError =>
  new PlimsollError('PROFILE_FAILED', `No inspector answers at ${url.href}.`, {
    hint: 'Name the URL that node --inspect printed, or a pprof URL such as http://HOST:PORT/debug/pprof/profile.',
    cause,
  })

/** Profiles the main thread behind an inspector URL, wherever it runs. @throws PlimsollError ATTACH_FAILED */
export async function profileByUrl(socketUrl: string, wait: () => Promise<void>): Promise<ThreadProfile> {
  const client = await InspectorClient.connect(socketUrl)
  try {
    const { result } = await client.send('Runtime.evaluate', {
      expression: 'process.pid',
      returnByValue: true,
    })
    await client.send('Profiler.enable')
    await client.send('Profiler.setSamplingInterval', { interval: 1_000 })
    const beganUs = monotonicUs()
    await client.send('Profiler.start', undefined, { timeoutMs: startMs })
    await wait()
    const { profile } = await client.send('Profiler.stop', undefined, { timeoutMs: stopMs })
    const checked = checkCpuProfile(profile)
    if ('problem' in checked) throw attachFailed(`its profile is damaged: ${checked.problem}`)
    const pid = typeof result.value === 'number' ? result.value : 0
    // Another host has another clock: what counts is when this one saw it begin.
    const shiftUs = Math.round(beganUs - checked.profile.startTime)
    const foreign = Math.abs(shiftUs) > 10_000_000
    const { startTime, endTime } = checked.profile
    const moved = foreign
      ? { ...checked.profile, startTime: startTime + shiftUs, endTime: endTime + shiftUs }
      : checked.profile
    return { pid, threadId: 0, thread: 'main', profile: moved, scripts: new Map() }
  } finally {
    await client.close()
  }
}
