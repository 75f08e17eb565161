import { defineScenario } from 'plimsoll'

export default defineScenario({
  name: 'orders',
  target: 'http://127.0.0.1:8080/orders',
  slo: ['p99 < 100ms', 'errors < 0.1%'],
  load: { connections: 20, rate: '200/s', arrival: 'poisson', duration: '10s' },
  traffic: {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    payload: '{"order":{{id}},"customer":"{{random 12}}","at":{{now}}}',
    timeout: '2s',
  },
})
