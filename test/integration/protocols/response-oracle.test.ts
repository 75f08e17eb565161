import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { Random } from '../../../src/kernel/random.js'
import { readByNode } from '../../fuzz/http-oracle.js'
import { mutate } from '../../fuzz/mutate.js'
import { responseTarget } from '../../fuzz/response-target.js'

const inputs = 300

/** The fuzzer shows Node its inputs without a network, for speed; so must Node read them from a socket. */
it('Node reads responses from a real socket as it does without one', async () => {
  let bytes: Buffer = Buffer.alloc(0)
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.resume()
    socket.end(bytes)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const random = new Random(7)
  let taken = 0
  for (let input = 0; input < inputs; input++) {
    const whole = responseTarget.generate(random)
    const changed = random.integer(0, 2) > 0
    bytes = changed ? mutate(whole, random, whole, responseTarget.dictionary) : whole
    const overTcp = await readByNode(bytes, 'GET', () => connect(port, '127.0.0.1'))
    const without = await readByNode(bytes, 'GET')
    expect([overTcp.response, overTcp.content, overTcp.error === null]).toEqual([
      without.response,
      without.content,
      without.error === null,
    ])
    if (without.response !== null) taken++
  }
  server.close()
  expect(taken).toBeGreaterThan(inputs / 4)
  expect(taken).toBeLessThan((3 * inputs) / 4)
})
