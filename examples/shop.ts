import { defineScenario } from 'plimsoll'

interface Push {
  readonly type: string
}

/** Visitors of a shop: they sign in, look around, follow the stock, and buy something. */
export default defineScenario({
  name: 'shop',
  target: process.env.SHOP_URL ?? 'http://127.0.0.1:8080',
  slo: ['p99 < 250ms', 'cart.p99 < 500ms', 'errors < 1%'],
  load: { sessions: { rate: '20/s' }, duration: '20s' },

  async session(user) {
    const login = user.http.post('/login', { name: 'login', json: { name: `visitor ${user.id}` } })
    const { token } = await login.json<{ token: string }>()
    await user.think('100ms', '300ms')

    const stock = await user.http.get('/items', { name: 'items' }).json<Record<string, number>>()
    const items = Object.keys(stock)
    user.check('the shop has items', items.length > 0)

    const socket = await user.websocket('/live', { headers: { authorization: token } })
    await user.measure('first look', () => socket.request({ type: 'look', item: user.random.pick(items) }))
    for await (const _ of user.paced('5/s', { for: '2s' })) {
      await socket.request({ type: 'look', item: user.random.pick(items) })
    }
    await user.http.post('/cart', { name: 'cart', json: { item: user.random.pick(items) } })
    await socket.next<Push>(({ type }) => type === 'stock')
    await socket.close()
  },
})
