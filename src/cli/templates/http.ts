export const httpTemplate = `import { defineScenario } from 'plimsoll'

// One kind of request to an HTTP service, at a rate that rises and then holds.
export default defineScenario({
  name: 'api',

  // The service under test, path included. API_URL in the environment replaces the address.
  target: process.env.API_URL ?? 'http://127.0.0.1:8080/orders',

  // What must hold. A status from 400 on is an error.
  slo: ['p99 < 100ms', 'errors < 0.1%'],

  load: {
    connections: 20, // kept alive; a request takes any that is free, and waits where none is
    stages: [
      { to: '200/s', over: '5s' }, // from 0
      { at: '200/s', for: '10s' },
    ],
    arrival: 'poisson', // as independent users come; 'constant' spaces requests evenly
    warmup: '2s', // cut off
  },

  traffic: {
    method: 'POST',
    headers: { 'content-type': 'application/json' },

    // Called for each request. \`random\` is seeded, so that every run sends the same.
    payload: ({ seq, random }) =>
      JSON.stringify({ order: seq, item: random.pick(['tea', 'cup', 'pot']), amount: 1 + Math.floor(random.next() * 3) }),

    timeout: '5s',
  },
})
`
