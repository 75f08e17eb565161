import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workOfLine } from '../../../src/profiling/source-line.js'

const lines: Readonly<Record<string, readonly string[]>> = {
  serialization: [
    'socket.send(JSON.stringify({ id, text }))',
    'const { id } = JSON.parse(message)',
    'const copy = structuredClone(state)',
    'log(`got $' + '{JSON.stringify(x)} of $' + '{y}`)',
    'const rate = a / b; send(JSON.stringify(rate)) // of /x/',
    '  return JSON . parse(text)',
  ],
  regex: [
    "text.replace(/[aeiou/]+/g, '')",
    'if (/^(a+)+$/.test(input)) count++',
    'const words = line.split(/\\s+/)',
    'return /x\\/y/.exec(path)',
    'const found = text.match(pattern)',
    'if (emailRegex.test(address)) ok()',
    'for (const m of text.matchAll(tag)) out.push(m)',
    "const re = new RegExp('a' + b)",
  ],
  mixed: ["const key = JSON.stringify(x).replace(/\"/g, '')", 'JSON.parse(a.match(b)[0])'],
  other: [
    'for (let i = 0; i < 1e6; i++) sum += i % 7',
    'const half = total / 2 / width',
    'const mean = (a + b) / 2 / c',
    '// JSON.stringify(x) is slow here',
    'sum += 1 // not /regex/ nor JSON.parse(',
    "const help = 'use JSON.stringify(x) and /regex/'",
    'const help = `use JSON.parse( here`',
    'sum += i /* JSON.parse(x) */ * 2',
    "const url = 'http://x/y/z' + path",
    'await database.exec(statement)',
    'if (x) { y = z / 2 } else { y = `$' + '{a}/$' + '{b}` / 1 }',
    '',
  ],
}

describe('workOfLine', () => {
  for (const [work, examples] of Object.entries(lines)) {
    for (const line of examples) it(`${work}: ${line}`, () => expect(workOfLine(line)).toBe(work))
  }

  it('says of generated code only that it cannot tell', () => {
    expect(workOfLine(`${'a=b+c;'.repeat(200)}JSON.parse(x)`)).toBe('mixed')
    expect(workOfLine('a=b+c;'.repeat(200))).toBe('other')
  })

  it('ends for any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('/', '`', '$', '{', '}', '"', "'", '\\', '[', ']', '*', 'a', ' '),
          maxLength: 60,
        }),
        (line) => ['serialization', 'regex', 'mixed', 'other'].includes(workOfLine(line)),
      ),
      { numRuns: 2_000 },
    )
  })
})
