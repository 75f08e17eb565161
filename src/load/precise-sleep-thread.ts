import { workerData } from 'node:worker_threads'
import { monotonicUs } from '../kernel/clock.js'
import { alarmMemory } from './precise-sleep.js'

const integers = new Int32Array(workerData as SharedArrayBuffer)
const floats = new Float64Array(workerData as SharedArrayBuffer)
let served = 0

for (;;) {
  Atomics.wait(integers, alarmMemory.request, served)
  served = Atomics.load(integers, alarmMemory.request)
  const pause = Atomics.load(integers, alarmMemory.pause)
  const leftUs = floats[alarmMemory.deadline]! - monotonicUs()
  if (leftUs > 0) Atomics.wait(integers, alarmMemory.pause, pause, leftUs / 1_000)
  Atomics.add(integers, alarmMemory.ring, 1)
  Atomics.notify(integers, alarmMemory.ring)
}
