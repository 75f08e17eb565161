import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { monotonicUs } from '../../kernel/clock.js'
import { type ListeningPort, listeningPortsOf } from '../../target/find-listener.js'
import { InspectorClient } from '../inspector-client.js'

const probeTimeoutMs = 1_000
const maxListBytes = 1_000_000
const answerMs = 3_000

export interface FoundInspector {
  readonly client: InspectorClient
  readonly port: number
}

/**
 * Connects to the inspector that a process has open: asks its own listening ports for `/json/list`, and lets the
 * process on the other side name its pid. Null if none of the ports is an inspector of that process.
 * @param pidInside the pid as the process itself sees it, which differs in a pid namespace
 * @throws PlimsollError ATTACH_FAILED: an inspector is there and does not answer
 */
export async function findInspector(
  ports: readonly ListeningPort[],
  pidInside: number,
  timeoutMs: number,
): Promise<FoundInspector | null> {
  for (const { port, address } of ports) {
    const host = address === '0:0:0:0:0:0:0:1' ? '::1' : '127.0.0.1'
    const path = await inspectorPath(host, port)
    if (path === null) continue
    const authority = host === '::1' ? `[::1]:${port}` : `${host}:${port}`
    const client = await InspectorClient.connect(`ws://${authority}/${path}`, timeoutMs)
    try {
      if ((await pidOf(client, timeoutMs)) === pidInside) return { client, port }
    } catch (error) {
      await client.close()
      throw error
    }
    await client.close()
  }
  return null
}

export interface AwaitOptions {
  /** Ports that the process listened on before: they are not asked. */
  readonly known: readonly ListeningPort[]
  readonly timeoutMs: number
  readonly pollMs: number
  /** False: the waiting alone keeps Plimsoll from no exit. */
  readonly ref: boolean
  /** Ends the waiting early. */
  readonly giveUp: () => boolean
}

/**
 * Waits until the process listens on a port that it did not listen on before, and an inspector answers there.
 * Null if that does not happen in time.
 */
export async function awaitInspector(
  pid: number,
  pidInside: number,
  { known, timeoutMs, pollMs, ref, giveUp }: AwaitOptions,
): Promise<FoundInspector | null> {
  const untilUs = monotonicUs() + timeoutMs * 1_000
  const knownPorts = new Set(known.map(({ port }) => port))
  for (;;) {
    const fresh = listeningPortsOf(pid).filter(({ port }) => !knownPorts.has(port))
    const found = await findInspector(fresh, pidInside, answerMs)
    if (found) return found
    if (giveUp() || monotonicUs() > untilUs) return null
    await delay(pollMs, undefined, { ref })
  }
}

async function pidOf(client: InspectorClient, timeoutMs: number): Promise<unknown> {
  const { result } = await client.send(
    'Runtime.evaluate',
    { expression: 'process.pid', returnByValue: true, silent: true },
    { timeoutMs },
  )
  return result.value
}

/** The path of the first inspectable thing on the port; null if whatever listens there is no inspector. */
async function inspectorPath(host: string, port: number): Promise<string | null> {
  const text = await fetchText(host, port, '/json/list')
  if (text === null) return null
  try {
    const entries: unknown = JSON.parse(text)
    const first: unknown = Array.isArray(entries) ? entries[0] : null
    const id = (first as { id?: unknown; webSocketDebuggerUrl?: unknown } | null)?.id
    // Only the id is taken over: the URL in the reply could name another host.
    return typeof id === 'string' && /^[\w-]{1,100}$/.test(id) ? id : null
  } catch {
    return null
  }
}

function fetchText(host: string, port: number, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get({ host, port, path, agent: false }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > maxListBytes) request.destroy()
        else chunks.push(chunk)
      })
      response.on('end', () => end(Buffer.concat(chunks).toString('utf8')))
      response.on('error', () => end(null))
    })
    const timer = setTimeout(() => {
      request.destroy()
      end(null)
    }, probeTimeoutMs)
    request.on('error', () => end(null))
    request.on('close', () => end(null))
    const end = (text: string | null): void => {
      clearTimeout(timer)
      resolve(text)
    }
  })
}
