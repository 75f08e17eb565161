import { describe, expect, it } from 'vitest'
import { ConnectionPool } from '../../../src/load/connection-pool.js'

const always = (): boolean => true

describe('ConnectionPool', () => {
  it('gives what has waited for longest first', () => {
    const pool = new ConnectionPool(3)
    for (const index of [2, 0, 1]) pool.push(index)
    expect([pool.take(always), pool.take(always), pool.take(always), pool.take(always)]).toEqual([
      2, 0, 1, -1,
    ])
  })

  it('holds each connection once', () => {
    const pool = new ConnectionPool(2)
    for (const index of [1, 1, 0, 1]) pool.push(index)
    expect([pool.take(always), pool.take(always), pool.take(always)]).toEqual([1, 0, -1])
    pool.push(1)
    expect(pool.take(always)).toBe(1)
  })

  it('passes over those that cannot send, until they are pushed again', () => {
    const pool = new ConnectionPool(3)
    for (const index of [0, 1, 2]) pool.push(index)
    expect(pool.take((index) => index === 1)).toBe(1)
    expect([pool.take(always), pool.take(always)]).toEqual([2, -1])
    pool.push(0)
    expect(pool.take(always)).toBe(0)
  })

  it('forgets what is removed', () => {
    const pool = new ConnectionPool(3)
    for (const index of [0, 1, 2]) pool.push(index)
    pool.remove(1)
    pool.remove(1)
    expect([pool.take(always), pool.take(always), pool.take(always)]).toEqual([0, 2, -1])
  })
})
