import { describe, expect, it } from 'vitest'
import { toCollapsed, toCpuProfileText, toSpeedscope } from '../../../src/profiling/formats.js'
import { makeProfile } from './make-profile.js'

const profile = makeProfile(
  [
    { name: 'a;b', url: 'file:///app/my%20server.js', line: 3, children: [{ name: 'write' }] },
    { name: '(idle)' },
  ],
  [
    ['a;b', 10],
    ['a;b', 5],
    ['(idle)', 100],
    ['a;b>write', 20],
  ],
)

describe('formats', () => {
  it('writes collapsed stacks', () => {
    expect(toCollapsed(profile)).toBe('a:b (/app/my server.js:3) 15\na:b (/app/my server.js:3);write 20\n')
  })

  it('writes the samples of speedscope in the order of time', () => {
    expect(JSON.parse(toSpeedscope(profile, 'server'))).toEqual({
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      exporter: 'plimsoll',
      name: 'server',
      shared: {
        frames: [
          { name: '(cut)' },
          { name: '(root)' },
          { name: 'a;b', file: '/app/my server.js', line: 3 },
          { name: '(idle)' },
          { name: 'write', file: 'native' },
        ],
      },
      profiles: [
        {
          type: 'sampled',
          name: 'server',
          unit: 'microseconds',
          startValue: 0,
          endValue: 135,
          samples: [[2], [], [2, 4]],
          weights: [15, 100, 20],
        },
      ],
    })
  })

  it('writes the profile as V8 does', () => {
    expect(JSON.parse(toCpuProfileText(profile))).toEqual(profile)
  })
})
