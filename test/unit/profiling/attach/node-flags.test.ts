import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNodeFlags } from '../../../../src/profiling/attach/node-flags.js'

const plain = {
  inspectPort: 9_229,
  inspects: false,
  sigusr1Disabled: false,
  permission: false,
  hidden: false,
}

describe('parseNodeFlags', () => {
  it.each<[string, string[], string, Partial<typeof plain>]>([
    ['none', ['node', 'app.js'], '', {}],
    ['a port', ['node', '--inspect-port=9300', 'app.js'], '', { inspectPort: 9_300 }],
    ['a port as a word of its own', ['node', '--inspect-port', '9300', 'app.js'], '', { inspectPort: 9_300 }],
    ['the older name', ['node', '--debug-port=0', 'app.js'], '', { inspectPort: 0 }],
    ['a host and a port', ['node', '--inspect=[::1]:9301', 'a'], '', { inspects: true, inspectPort: 9_301 }],
    ['a host alone', ['node', '--inspect=localhost', 'a'], '', { inspects: true }],
    ['an inspector that waits', ['node', '--inspect-brk', 'a'], '', { inspects: true }],
    [
      'NODE_OPTIONS',
      ['node', 'a'],
      '--inspect-port=9302 --disable-sigusr1',
      { inspectPort: 9_302, sigusr1Disabled: true },
    ],
    [
      'arguments after NODE_OPTIONS',
      ['node', '--inspect-port=1024', 'a'],
      '--inspect-port=9302',
      { inspectPort: 1_024 },
    ],
    [
      'quotes in NODE_OPTIONS',
      ['node', 'a'],
      '--require "a \\"b\\".js" --disable-sigusr1',
      { sigusr1Disabled: true },
    ],
    ['underscores', ['node', '--disable_sigusr1', 'a'], '', { sigusr1Disabled: true }],
    ['the permission model', ['node', '--permission', '--allow-fs-read=*', 'a'], '', { permission: true }],
    ['its first name', ['node', '--experimental-permission', 'a'], '', { permission: true }],
    ['an unlisted inspector', ['node', '--inspect-publish-uid=stderr', 'a'], '', { hidden: true }],
    ['a listed one', ['node', '--inspect-publish-uid=stderr,http', 'a'], '', {}],
    ['flags behind values of others', ['node', '-r', 'x.js', '--inspect', 'a'], '', { inspects: true }],
    ['what belongs to the script', ['node', 'a', '--inspect', '--disable-sigusr1'], '', {}],
    ['what stands behind --', ['node', '--', '--inspect'], '', {}],
  ])('reads %s', (_, args, options, flags) => {
    expect(parseNodeFlags(args, options)).toEqual({ ...plain, ...flags })
  })

  it('takes any words', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (args, options) => {
        const { inspectPort } = parseNodeFlags(args, options)
        expect(Number.isInteger(inspectPort)).toBe(true)
      }),
    )
  })
})
