import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { microseconds } from '../../../src/kernel/units.js'
import { Deadlines, endpointsOf, errorDetail, errorKind } from '../../../src/protocols/socket.js'

const failed = (code: string | undefined, syscall = 'connect'): NodeJS.ErrnoException =>
  Object.assign(new Error('failed'), code === undefined ? {} : { code, syscall })

describe('errorKind', () => {
  it.each([
    ['ECONNREFUSED', 'connect-refused', 'connect-refused'],
    ['ECONNRESET', 'connect-reset', 'connection-reset'],
    ['EPIPE', 'connect-reset', 'connection-reset'],
    ['ETIMEDOUT', 'connect-timeout', 'connection-timeout'],
    ['ENOTFOUND', 'dns', 'dns'],
    ['EAI_AGAIN', 'dns', 'dns'],
    ['EMFILE', 'descriptors-exhausted', 'descriptors-exhausted'],
    ['EADDRNOTAVAIL', 'ports-exhausted', 'ports-exhausted'],
    ['EADDRINUSE', 'ports-exhausted', 'ports-exhausted'],
    ['EHOSTUNREACH', 'ehostunreach', 'ehostunreach'],
    [undefined, 'socket-error', 'socket-error'],
  ])('%s is %s while connecting and %s after', (code, connecting, open) => {
    expect(errorKind(failed(code), 'connect')).toBe(connecting)
    expect(errorKind(failed(code), 'open')).toBe(open)
  })

  it('tells a local address that the machine lacks from one whose ports are used up', () => {
    expect(errorKind(failed('EADDRNOTAVAIL', 'bind'), 'connect')).toBe('local-address')
  })
})

describe('errorDetail', () => {
  it('is the message, or the first of several', () => {
    expect(errorDetail(new Error('one'))).toBe('one')
    expect(errorDetail(new AggregateError([new Error('two'), new Error('three')]))).toBe('two')
  })
})

describe('endpointsOf', () => {
  it.each([
    ['ws://localhost/x', 'localhost', 80],
    ['wss://localhost/x', 'localhost', 443],
    ['http://127.0.0.1:8080', '127.0.0.1', 8080],
    ['ws://[::1]:9000', '::1', 9000],
  ])('%s is %s, port %i', (url, host, port) => {
    expect(endpointsOf(new URL(url), [])).toEqual([{ host, port }])
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
