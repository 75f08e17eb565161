import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Labs, serving } from './labs.js'
import { versionTitles, withEachVersion } from './node-versions.js'

interface Account {
  /** Timers that anybody began, and those that were begun or ended while a call of the service was under way. */
  readonly begun: number
  readonly begunWithin: number
  readonly endedWithin: number
}

/** Is in calls of 40 ms all the time, which an inspector may interrupt, and watches its timers meanwhile. */
const watchful = `
const { createHook } = require('node:async_hooks')
const timers = new Set()
const account = { begun: 0, begunWithin: 0, endedWithin: 0 }
let isWithin = false
createHook({
  init(id, type, trigger, timer) {
    if (type !== 'Timeout') return
    account.begun++
    if (isWithin) account.begunWithin++
    timers.add(timer)
  },
}).enable()
let sum = 0
const live = () => [...timers].filter((timer) => !timer._destroyed)
function call() {
  isWithin = true
  const before = live()
  for (const until = Date.now() + 40; Date.now() < until; ) for (let step = 0; step < 1000; step++) sum = (sum * 31 + step) % 1000003
  if (before.some((timer) => timer._destroyed)) account.endedWithin++
  isWithin = false
  setImmediate(call)
}
call()
const answer = () => account
${serving}`

let labs: Labs
beforeAll(async () => {
  labs = await Labs.write({ 'watchful.cjs': watchful })
})
afterEach(() => labs.stop())
afterAll(() => labs.remove())

describe(`a service that is interrupted in its calls, on ${versionTitles}`, () => {
  // A timer that went while Node was about to call it would end the service: `timer._onTimeout is not a function`.
  it('finds its timers as they were when it goes on', async () => {
    await withEachVersion(async ({ binary }) => {
      const lab = await labs.startClosed(binary, 'watchful.cjs')
      const before = await lab.ask<Account>('/')
      const target = await lab.attach()
      await target.prime()
      for (let turn = 0; turn < 3; turn++) {
        await target.pauseObserver()
        await target.resumeObserver()
        expect(await target.sampleRuntime()).not.toBeNull()
        // The next step shall not fall on the end of a call, where the reply to this one comes from.
        await delay(15)
      }
      await target.detach()
      const after = await lab.ask<Account>('/')
      expect(after.begun).toBeGreaterThanOrEqual(before.begun + 4)
      expect(after).toMatchObject({ begunWithin: 0, endedWithin: 0 })
    })
  })
})
