import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type RunningProgram, startLab } from './lab-process.js'

let shop: RunningProgram
let base: string
beforeAll(async () => {
  shop = await startLab('shop', '--checkout', '30')
  base = `127.0.0.1:${shop.port}`
})
afterAll(async () => {
  await shop.stop()
})

const post = (path: string, body: unknown, cookie = ''): Promise<Response> =>
  fetch(`http://${base}${path}`, { method: 'POST', body: JSON.stringify(body), headers: { cookie } })

async function signIn(name: string): Promise<{ token: string; cookie: string }> {
  const response = await post('/login', { name })
  const { token } = (await response.json()) as { token: string }
  return { token, cookie: response.headers.get('set-cookie')!.split(';')[0]! }
}

async function follow(token: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${base}/live`, { headers: { authorization: token } })
  await once(socket, 'open')
  return socket
}

const next = async (socket: WebSocket): Promise<Record<string, unknown>> =>
  JSON.parse(String((await once(socket, 'message'))[0])) as Record<string, unknown>

describe('the shop', () => {
  it('sells to those who signed in, counts, and tells everybody who follows the stock', async () => {
    const ann = await signIn('ann')
    const bob = await follow((await signIn('bob')).token)
    const pushed = next(bob)
    const bought = await post('/cart', { item: 'tea' }, ann.cookie)
    const { count, left } = (await bought.json()) as { count: number; left: number }
    expect([bought.status, count]).toEqual([200, 1])
    expect(await pushed).toEqual({ type: 'stock', item: 'tea', left })
    const again = (await (await post('/cart', { item: 'tea' }, ann.cookie)).json()) as { count: number }
    expect(again.count).toBe(2)
    const items = (await (await fetch(`http://${base}/items`)).json()) as Record<string, number>
    expect(items).toMatchObject({ tea: left - 1, cup: 100, pot: 100 })
    bob.terminate()
  })

  it('answers a look by its id, with the stock', async () => {
    const socket = await follow((await signIn('eve')).token)
    const looked = next(socket)
    socket.send('{"id":7,"type":"look","item":"pot"}')
    expect(await looked).toEqual({ id: 7, type: 'item', item: 'pot', left: 100 })
    socket.terminate()
  })

  it('takes as long for a checkout as it says, and no less', async () => {
    const { cookie } = await signIn('kim')
    const from = performance.now()
    await post('/cart', { item: 'cup' }, cookie)
    expect(performance.now() - from).toBeGreaterThan(29)
  })

  it('refuses who has not signed in, and what is not there', async () => {
    const { cookie } = await signIn('joe')
    const statuses = await Promise.all([
      post('/cart', { item: 'tea' }),
      post('/cart', { item: 'tea' }, 'session=00'),
      post('/cart', { item: 'gold' }, cookie),
      post('/nowhere', {}, cookie),
      post('/cart', 'not an object', cookie),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 404, 404, 404])
    const socket = new WebSocket(`ws://${base}/live`)
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toContain('401')
  })
})
