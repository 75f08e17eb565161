import { get } from 'node:http'
import { describeProcess } from '../target/describe-process.js'
import { listeningPortsOf } from '../target/find-listener.js'
import { hasProc, procUnavailable } from '../target/read-proc.js'
import { attachFailed, InspectorClient } from './inspector-client.js'

const probeTimeoutMs = 1_000
const maxListBytes = 1_000_000

export interface FindInspectorOptions {
  /** Ports of the process that are surely no inspector (the service itself): they are not asked. */
  readonly exceptPorts?: readonly number[]
  readonly timeoutMs?: number
}

/**
 * Connects to the inspector of a Node process that was started with one on a free port (`--inspect=127.0.0.1:0`): asks
 * the process's own listening ports for `/json/list`, and lets the process on the other side name its pid.
 * @throws PlimsollError ATTACH_FAILED
 */
export async function connectInspector(
  pid: number,
  options: FindInspectorOptions = {},
): Promise<InspectorClient> {
  if (!hasProc) throw attachFailed(procUnavailable(process.platform))
  const { kind } = describeProcess(pid)
  if (kind === 'other') throw attachFailed(`process ${pid} is not Node`)
  const ports = listeningPortsOf(pid).filter(({ port }) => !options.exceptPorts?.includes(port))
  for (const { port } of ports) {
    const path = await inspectorPath(port)
    if (path === null) continue
    const client = await InspectorClient.connect(`ws://127.0.0.1:${port}/${path}`, options.timeoutMs)
    try {
      if ((await pidOf(client, options.timeoutMs)) === pid) return client
    } catch (error) {
      await client.close()
      throw error
    }
    await client.close()
  }
  throw attachFailed(
    kind === 'unknown'
      ? `process ${pid} is gone or belongs to another user`
      : `process ${pid} has no open inspector`,
  )
}

async function pidOf(client: InspectorClient, timeoutMs: number | undefined): Promise<unknown> {
  const { result } = await client.send(
    'Runtime.evaluate',
    { expression: 'process.pid', returnByValue: true },
    timeoutMs === undefined ? {} : { timeoutMs },
  )
  return result.value
}

/** The path of the first inspectable thing on the port; null if whatever listens there is no inspector. */
async function inspectorPath(port: number): Promise<string | null> {
  const text = await fetchText(port, '/json/list')
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

function fetchText(port: number, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
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
