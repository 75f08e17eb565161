import { defineScenario } from 'plimsoll'

const rooms = ['tea', 'coffee', 'water']

export default defineScenario({
  name: 'chat',
  target: process.env.CHAT_URL ?? 'ws://127.0.0.1:8080/chat',
  slo: ['p99 < 150ms', 'errors < 0.1%', 'throughput > 190/s'],
  load: { connections: 20, rate: '200/s', warmup: '3s', duration: '10s' },
  traffic: {
    payload: ({ seq, random }) =>
      JSON.stringify({ id: seq, type: 'say', room: random.pick(rooms), text: random.text(20, 200) }),
    reply: (message) => (JSON.parse(message) as { id?: number }).id,
  },
})
