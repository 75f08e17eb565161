import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { microseconds } from '../../../src/kernel/units.js'
import { Deadlines, endpointsOf } from '../../../src/protocols/socket.js'

describe('endpointsOf', () => {
  it.each([
    ['ws://localhost/x', 'localhost', 80],
    ['http://127.0.0.1:8080', '127.0.0.1', 8080],
    ['ws://[::1]:9000', '::1', 9000],
  ])('%s is %s, port %i', (url, host, port) => {
    expect(endpointsOf(new URL(url), [])).toEqual([{ host, port }])
  })

  it.each(['wss://localhost/x', 'https://localhost'])('%s speaks TLS at port 443', (url) => {
    const [endpoint] = endpointsOf(new URL(url), [])
    expect(endpoint).toMatchObject({ host: 'localhost', port: 443, tls: { servername: 'localhost' } })
  })

  it('makes one of each local address', () => {
    const endpoints = endpointsOf(new URL('ws://localhost:1'), ['127.0.0.2', '::1'])
    expect(endpoints.map((endpoint) => endpoint.localAddress)).toEqual(['127.0.0.2', '::1'])
  })

  it('refuses a local address that is none', () => {
    expect(() => endpointsOf(new URL('ws://localhost:1'), ['eth0'])).toThrow(PlimsollError)
  })
})

describe('Deadlines', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function clocked() {
    let nowMs = 0
    const expired: string[] = []
    const deadlines = new Deadlines(
      4,
      10,
      () => microseconds(nowMs * 1_000),
      (index) => {
        expired.push(`${index} at ${nowMs}`)
      },
    )
    const pass = (ms: number) => {
      for (let step = 0; step < ms / 5; step++) {
        nowMs += 5
        vi.advanceTimersByTime(5)
      }
    }
    return { deadlines, expired, pass }
  }

  it('expire once, late by at most the resolution', () => {
    const { deadlines, expired, pass } = clocked()
    deadlines.set(2, 100)
    pass(5)
    deadlines.set(0, 30)
    pass(500)
    expect(expired).toEqual(['0 at 40', '2 at 100'])
  })

  it('can be moved and cleared', () => {
    const { deadlines, expired, pass } = clocked()
    deadlines.set(1, 50)
    deadlines.set(3, 50)
    deadlines.clear(3)
    deadlines.clear(3)
    pass(40)
    deadlines.set(1, 50)
    pass(200)
    expect(expired).toEqual(['1 at 90'])
  })

  it('run no timer while there are none, and one again when there are', () => {
    const { deadlines, expired, pass } = clocked()
    expect(vi.getTimerCount()).toBe(0)
    deadlines.set(1, 50)
    deadlines.set(2, 50)
    expect(vi.getTimerCount()).toBe(1)
    pass(100)
    expect(vi.getTimerCount()).toBe(0)
    deadlines.set(1, 20)
    pass(100)
    expect(expired).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })
})
