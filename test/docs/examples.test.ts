import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createLinesDriver } from '../../examples/lines-driver.js'
import { monotonicUs } from '../../src/kernel/clock.js'
import { Engine } from '../../src/load/engine.js'
import { Recorder } from '../../src/measurement/recorder.js'
import type { makePlan as MakePlan } from '../../src/run/make-plan.js'
import { createPayload } from '../../src/scenario/payload.js'
import { allFences, readText, root } from './markdown.js'

const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'))
const scenarios = examples.filter((name) => readText(`examples/${name}`).includes('defineScenario'))

describe('examples', () => {
  it.each(scenarios)('%s makes a plan', async (name) => {
    const request = { options: {}, targetCommand: null, command: '', cores: 2 }
    // Scenarios import the compiled package, so this does too.
    const { makePlan } = (await import(join(root, 'dist/src/run/make-plan.js'))) as {
      makePlan: typeof MakePlan
    }
    const plan = await makePlan({ ...request, what: join(root, 'examples', name) })
    expect(plan.objectives.length).toBeGreaterThan(0)
    expect(plan.model).toBe('open')
  })

  it('stand in the guides word for word', () => {
    const copies = allFences().filter(({ mark }) => mark.startsWith('file: '))
    for (const { file, line, mark, text } of copies) {
      expect(readText(mark.slice('file: '.length)), `${file}:${line}`).toContain(text)
    }
    const shown = copies.map(({ mark }) => mark.replace('file: examples/', ''))
    expect(examples.filter((name) => !shown.includes(name))).toEqual([])
  })
})

describe('the driver of the guide', () => {
  const servers: Server[] = []
  const sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const server of servers.splice(0)) server.close()
  })

  /** Answers each line with itself, in pieces of `pieceBytes`. */
  async function lineEcho(pieceBytes: number): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('data', (data) => {
        for (let at = 0; at < data.length; at += pieceBytes) socket.write(data.subarray(at, at + pieceBytes))
      })
      socket.on('error', () => {})
    }).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    return (server.address() as { port: number }).port
  }

  /** `settled` resolves when each connection was opened or has failed. */
  function engineFor(port: number): { engine: Engine; recorder: Recorder; settled: Promise<void> } {
    let connected = (): void => {}
    const settled = new Promise<void>((resolve) => {
      connected = resolve
    })
    const windows = { measureFromUs: 0, measureToUs: 60e6, endUs: 60e6 }
    const recorder = new Recorder(windows, 5e6, 1)
    const engine = new Engine(
      {
        share: { worker: 0, workers: 1, connections: 2 },
        reply: { kind: 'auto', key: 'id' },
        timeoutUs: 5e6,
        maxOutstanding: 100,
        reconnect: false,
        connectRate: 1_000,
      },
      (connections, sink) => {
        const options = {
          url: new URL(`tcp://127.0.0.1:${port}`),
          headers: [],
          method: 'GET',
          subprotocols: [],
          compression: false,
          connectTimeoutMs: 5_000,
          maxMessageBytes: 1e6,
          maxHeaderBytes: 1e4,
          localAddresses: [],
          tls: null,
        }
        return createLinesDriver(
          options,
          connections,
          createPayload(undefined, 1, () => 0),
          sink,
        )
      },
      recorder,
      monotonicUs,
      connected,
    )
    return { engine, recorder, settled }
  }

  it.each([7, 1_000])('answers match by id, in pieces of %i bytes', async (pieceBytes) => {
    const port = await lineEcho(pieceBytes)
    const { engine, recorder, settled } = engineFor(port)
    engine.connect()
    const ticker = setInterval(() => engine.tick(), 5)
    await settled
    engine.start(monotonicUs(), { idle() {} })
    for (let id = 0; id < 20; id++) engine.dispatch(id, id % 2, engine.nowUs(), engine.nowUs())
    while (engine.outstanding > 0) await delay(5)
    clearInterval(ticker)
    engine.finish('timeout')
    const { intervals } = recorder.take()
    const counts = intervals.map(({ counts }) => counts)
    expect(counts.reduce((sum, { received }) => sum + received, 0)).toBe(20)
    expect(engine.replyRule).toBe('json:id')
  })

  it('a refused connection is counted', async () => {
    const port = await lineEcho(1_000)
    const server = servers.pop()!
    server.close()
    await once(server, 'close')
    const { engine, recorder, settled } = engineFor(port)
    engine.connect()
    const ticker = setInterval(() => engine.tick(), 5)
    await settled
    clearInterval(ticker)
    await delay(20)
    engine.finish('timeout')
    const kinds = recorder
      .take()
      .intervals.flatMap(({ connectionErrorsByKind }) => Object.entries(connectionErrorsByKind))
    expect(kinds).toEqual([['connect-refused', 2]])
  })
})
