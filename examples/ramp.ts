import { defineScenario } from 'plimsoll'

export default defineScenario({
  name: 'ramp',
  target: 'ws://127.0.0.1:8080',
  slo: ['p99 < 100ms', 'errors < 0.1%'],
  load: {
    connections: 50,
    warmup: '2s',
    stages: [
      { at: '100/s', for: '3s' },
      { to: '500/s', over: '5s' },
      { at: '500/s', for: '4s' },
    ],
  },
})
