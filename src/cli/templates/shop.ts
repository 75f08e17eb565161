export const shopTemplate = `import { defineScenario } from 'plimsoll'

const items = ['tea', 'cup', 'pot']

// A visit to a shop, as users make it: sign in, look around, follow the stock, buy.
export default defineScenario({
  name: 'shop',

  // The service under test; paths below are relative to it. SHOP_URL in the environment replaces the address.
  target: process.env.SHOP_URL ?? 'http://127.0.0.1:8080',

  // What must hold: of every message, of what is measured below as \`checkout\`, and of errors.
  slo: ['p99 < 250ms', 'checkout.p99 < 500ms', 'errors < 1%'],

  load: {
    // Users arrive at this rate, however slow the service is: the open model.
    sessions: { rate: '10/s' },
    // A fixed number of users, each of whom comes back when done, would be the closed model:
    // sessions: { users: 20 },
    warmup: '3s', // cut off
    duration: '15s', // measured
  },

  // Runs once for each user. Cookies are kept, connections are the user's own, \`random\` is seeded.
  async session(user) {
    const login = await user.http.post('/login', { json: { name: \`user-\${user.id}\` } })
    const { token } = login.json() as { token: string }
    await user.think('200ms', '800ms')

    // Counted under a name of their own as well, with their errors.
    await user.group('browse', () => user.http.get('/items'))

    const socket = await user.websocket('/live', { headers: { authorization: token } })
    // Each turn has an intended time, and latency counts from it, also where the turn before took too long.
    for await (const turn of user.paced('2/s', { count: 3 })) {
      await socket.request({ type: 'look', item: items[turn.seq % items.length] })
    }

    const item = user.random.pick(items)
    const order = await user.measure('checkout', () => user.http.post('/cart', { json: { item } }))
    user.check('the cart is not empty', (order.json() as { count: number }).count > 0)

    // The service pushes the new stock to everybody who follows it.
    await socket.next((message) => (message as { type?: string }).type === 'stock', '2s')
    await socket.close()
  },
})
`
