import { defineScenario, fill, jsonPayload, sizes } from 'plimsoll'

const rooms = Array.from({ length: 500 }, (_, n) => `room-${n}`)

export default defineScenario({
  name: 'rooms',
  target: 'ws://127.0.0.1:8080/chat',
  slo: ['p99 < 100ms', 'errors < 0.1%'],
  load: { connections: 20, rate: '200/s', duration: '10s' },
  traffic: {
    payload: jsonPayload({
      id: ({ seq }) => seq,
      room: ({ random }) => random.pickSkewed(rooms),
      from: { name: ({ random }) => `user ${random.zipf(10_000)}`, device: 'web' },
      text: fill(sizes.logNormal({ median: '200B', p99: '4KiB' })),
    }),
  },
})
