import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repeatCommand } from '../../../src/cli/repeat-command.js'

describe('repeatCommand', () => {
  it('leaves plain words as they are and quotes the others', () => {
    expect(repeatCommand(['run', 'ws://127.0.0.1:80/a', '-r', '5k/s', '--slo', "it's p99 < 50ms"])).toBe(
      "plimsoll run ws://127.0.0.1:80/a -r 5k/s --slo 'it'\\''s p99 < 50ms'",
    )
    expect(repeatCommand(['run', ''])).toBe("plimsoll run ''")
  })

  it('says the same to a POSIX shell, whatever the words', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
    const lists = fc.sample(fc.array(word, { maxLength: 6 }), { numRuns: 40, seed: 7 })
    for (const argv of lists) {
      // The words, each ended by a NUL, as a program that the shell starts would see them.
      const script = `plimsoll() { for word; do printf '%s\\0' "$word"; done; }; ${repeatCommand(argv)}`
      const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
      expect(stdout.split('\0').slice(0, -1)).toEqual(argv)
    }
  })
})
