import { describe, expect, it } from 'vitest'
import { describeThrown } from '../../../src/run/describe-thrown.js'

function thrown(stack: readonly string[]): Error {
  const error = new TypeError('x is undefined\nand more')
  error.stack = ['TypeError: x is undefined', ...stack.map((frame) => `    at ${frame}`)].join('\n')
  return error
}

describe('what a script threw', () => {
  it('is told in a line, with the first place that is the script’s own', () => {
    const own = new URL('../../../src/load/session/push-inbox.ts', import.meta.url).pathname
    const error = thrown([
      `PushInbox.push (${own}:10:5)`,
      'Array.map (<anonymous>)',
      'node:internal/process/task_queues:95:5',
      '/home/ann/node_modules/pkg/index.js:1:2',
      '<anonymous> (file:///home/ann/load%20tests/shop.ts:12:7)',
      'session (/home/ann/other.ts:1:1)',
    ])
    const root = new URL('../../../', import.meta.url).pathname
    expect(describeThrown(error, root)).toBe('TypeError: x is undefined (shop.ts:12:7)')
  })

  it('has no place where the script left none, and need not be an error', () => {
    expect(describeThrown(thrown([]))).toBe('TypeError: x is undefined')
    expect(describeThrown('a text')).toBe('threw a text')
    expect(describeThrown(undefined)).toBe('threw undefined')
  })
})
