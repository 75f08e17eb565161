import { describe, expect, it } from 'vitest'
import { essence, missingFrom, stepsOf, Workplace } from './console.js'
import { allFences } from './markdown.js'

const shown = allFences().filter(({ language }) => language === 'console')

describe('commands that the documentation shows', () => {
  it('are all marked for this test', () => {
    const unmarked = shown.filter(({ mark }) => !/^test(: .+)?$/.test(mark))
    expect(unmarked.map(({ file, line }) => `${file}:${line}`)).toEqual([])
    expect(shown.length).toBeGreaterThan(8)
  })

  // What these runs find depends on the machine's mood: a second chance tells a mood from a mistake.
  it.concurrent.each(shown.map((fence) => [`${fence.file}:${fence.line}`, fence] as const))(
    '%s print what is shown',
    { retry: 2, timeout: 90_000 },
    async (_, { mark, text }) => {
      const workplace = await Workplace.open(mark.slice('test: '.length))
      try {
        await workplace.follow(stepsOf(text))
      } finally {
        await workplace.close()
      }
    },
  )
})

describe('the comparison', () => {
  it('reads commands, their continuation and what they print', () => {
    expect(stepsOf('$ a \\\n    b\nout\n$ echo $?\n1')).toEqual([
      { command: 'a \\\n    b', expected: 'out' },
      { command: 'echo $?', expected: '1' },
    ])
  })

  it('takes numbers, units, paths and line breaks for equal, and nothing else', () => {
    expect(essence('p99 ~5.03 ms  at /a/b/server.js:54')).toBe(essence('p99 12 µs\n at …/server.js:7'))
    expect(essence('p99 is 2.04 ms.\nThen')).toBe(essence('p99 is 817 µs. Then'))
    expect(essence('PASS p99 5 ms')).not.toBe(essence('FAIL p99 5 ms'))
    expect(essence('p99 5 ms')).not.toBe(essence('p90 5 ms'))
  })

  it('wants all stretches, in order', () => {
    expect(missingFrom('one\ntwo\nthree', 'one\n…\nthree')).toBeNull()
    expect(missingFrom('one\ntwo\nthree', 'three\n…\none')).toBe('one')
    expect(missingFrom('one', 'two')).toBe('two')
  })
})
