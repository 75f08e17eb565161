import { corpus, defineScenario } from 'plimsoll'

const messages = corpus(new URL('./captured.txt', import.meta.url))

export default defineScenario({
  name: 'captured',
  target: 'ws://127.0.0.1:8080/chat',
  slo: ['p99 < 100ms', 'errors < 0.1%'],
  load: { connections: 20, rate: '200/s', duration: '10s' },
  traffic: { payload: ({ random }) => messages.pick(random), reply: 'fifo' },
})
