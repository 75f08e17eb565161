export const chatTemplate = `import { defineScenario } from 'plimsoll'

const rooms = ['tea', 'coffee', 'water']

// A chat over WebSocket: many connections that say something now and then.
export default defineScenario({
  name: 'chat',

  // The service under test. CHAT_URL in the environment replaces the address.
  target: process.env.CHAT_URL ?? 'ws://127.0.0.1:8080/chat',

  // What must hold. An objective comes before the test: without one there is nothing to judge.
  slo: ['p99 < 150ms', 'p99.9 < 500ms', 'errors < 0.1%'],

  load: {
    connections: 50, // held open for the whole run
    rate: '200/s', // messages a second over all of them, whatever the service does: the open model
    warmup: '3s', // cut off; 'auto' finds out by itself when the service is steady
    duration: '10s', // measured
    // In place of rate and duration, a rate that changes:
    // stages: [{ to: '500/s', over: '20s' }, { at: '500/s', for: '1m' }],
  },

  traffic: {
    // Called for each message. \`seq\` is its number; \`random\` is seeded, so that every run sends the same.
    payload: ({ seq, random }) =>
      JSON.stringify({ id: seq, type: 'say', room: random.pick(rooms), text: random.text(20, 200) }),

    // Which message a reply answers: its \`seq\`. Undefined is for pushes, which answer none.
    reply: (message) => (JSON.parse(message) as { id?: number }).id,

    timeout: '5s', // an answer that takes longer is an error
  },
})
`
