import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import { attachNodeTarget } from '../../../src/profiling/node-target.js'
import {
  openSockets,
  type RunningProgram,
  readReplyLog,
  startLab,
  temporaryFile,
} from '../labs/lab-process.js'

let lab: RunningProgram | null = null
afterEach(() => lab?.stop())

/** Says something as soon as what it said before was answered. */
function chatter(socket: WebSocket): void {
  let id = 0
  const say = (): void => socket.send(JSON.stringify({ id: id++, type: 'say', text: 'hello' }))
  socket.on('message', (data) => {
    if (String(data).includes('"type":"ok"')) say()
  })
  say()
}

it('a WebSocket service under load: nearly all of its time has a cause, first of all the one that is known', async () => {
  const log = temporaryFile('replies')
  lab = await startLab('chat-server', '--log', log)
  const sockets = await openSockets(lab.port, 4)
  const node = await attachNodeTarget(lab.pid, { exceptPorts: [lab.port] })
  for (const socket of sockets) chatter(socket)
  await delay(500)
  await node.startProfile()
  await delay(1_500)
  const threads = await node.withScripts(await node.stopProfile())
  for (const socket of sockets) socket.terminate()
  await node.detach()
  const analysis = analyzeProfiles(threads)
  await lab.stop()
  expect(readReplyLog(log).length).toBeGreaterThan(200)
  expect(analysis.idleShare).toBeLessThan(0.5)
  expect(analysis.unattributed).toBeLessThan(0.05)
  expect(analysis.hottest[0]).toMatchObject({
    function: 'snapshotRoom',
    file: expect.stringMatching(/labs\/chat-server\.ts$/),
  })
  expect(analysis.culprits.serialization[0]!.function).toBe('snapshotRoom')
  expect(analysis.categories.serialization).toBeGreaterThan(0.5)
  expect(analysis.categories.transport).toBeGreaterThan(0)
  expect(analysis.problems).toEqual([])
})
