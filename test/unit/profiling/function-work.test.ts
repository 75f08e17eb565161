import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameInSource } from '../../../src/profiling/function-name.js'
import { workOfFunction } from '../../../src/profiling/function-work.js'

const names = new Set(['pattern'])
const workOf = (text: string): string | undefined => workOfFunction(text, text.indexOf('@') + 1, names)?.work

describe('workOfFunction', () => {
  const examples: Readonly<Record<string, readonly string[]>> = {
    serialization: [
      'function a@(e){return JSON.stringify(e)}',
      'a=@e=>JSON.parse(e),b=e=>/x/.test(e)',
      'function a@(e){for(let t=0;t<9;t++)n+=JSON.stringify(e).length;return n}',
      'function a@(e){let r=()=>{for(;;)x()};return JSON.stringify(e)}',
    ],
    regex: [
      'function a@(e){return/^(a+)+$/.test(e)}',
      'function a@(e){if(e)/x/.test(e)}',
      "a=@(e)=>e.replace(pattern,'')",
      'm@(e){do{n=e.match(t)}while(n)}',
    ],
    other: [
      'function a@(e){for(let t=0;t<e;t++)n=(n*31+t)%7;return n}',
      "function a@(e){return 'JSON.stringify(x)'+e/2/3}",
      'a=@e=>()=>JSON.stringify(e)',
    ],
    mixed: [
      'function a@(e){for(;;)n++;return JSON.stringify(e)}',
      'function a@(e){return JSON.stringify(e.sort())}',
      'function a@(e){return JSON.stringify(e).replace(/x/g,"")}',
    ],
  }
  for (const [work, texts] of Object.entries(examples))
    for (const text of texts) it(`${work}: ${text}`, () => expect(workOf(text)).toBe(work))

  it('finds no function where there is none, and ends for any text', () => {
    expect(workOfFunction('let a = 1', 4, names)).toBeNull()
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('(', ')', '{', '}', '`', '$', '/', '=>', 'for', 'do', ';', ' a'),
          maxLength: 80,
        }),
        (text) => {
          workOfFunction(text, 0, names)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('nameInSource', () => {
  it.each([
    ['export async function join(room) {', 'join(', 'join'],
    ['  const handle = async (message: string) => {', '(message', 'handle'],
    ['  handle: function (message) {', '(message', 'handle'],
    ['  get size(): number {', '(): number', 'size'],
    ['  send = (text) => text', '(text)', 'send'],
    ['  return function (x) {', '(x)', null],
    ["app.get('/x', (request) => {", '(request', null],
  ])('%s', (line, at, name) => expect(nameInSource(line, line.indexOf(at))).toBe(name))
})
