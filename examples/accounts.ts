import { csvFeeder, defineScenario } from 'plimsoll'

const accounts = csvFeeder(new URL('./accounts.csv', import.meta.url))

export default defineScenario({
  name: 'accounts',
  target: 'http://127.0.0.1:8080',
  slo: ['p99 < 100ms', 'errors < 0.1%'],
  load: { sessions: { rate: '20/s' }, duration: '10s' },

  async session(user) {
    const { name, password } = user.next(accounts)
    await user.http.post('/login', { json: { name, password } })
    await user.http.get('/items')
  },
})
