import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/kernel/random.js'
import { corpus } from '../../../src/scenario/corpus.js'
import { createPayload, renderPayload } from '../../../src/scenario/payload.js'
import { chi2, chi2Limit } from '../kernel/goodness-of-fit.js'
import { DataFolder } from './rows/row-files.js'

const folder = new DataFolder()

describe('corpus', () => {
  it('draws any line as it is, each as likely', () => {
    const lines = ['hello', '{"a": "b, c"}', '  ünïcode  ', '"quoted']
    const texts = corpus(folder.write(`${lines.join('\n')}\n\n`))
    const random = new Random(5)
    const counts = lines.map(() => 0)
    for (let draw = 0; draw < 8_000; draw++) counts[lines.indexOf(texts.pick(random))]!++
    const { value } = chi2(
      counts,
      counts.map(() => 1 / 4),
    )
    expect(value).toBeLessThan(chi2Limit(3))
  })

  it('gives a message by its number, whatever was drawn before', () => {
    const lines = Array.from({ length: 5_000 }, (_, n) => `message ${n}`)
    const texts = corpus(folder.write(lines.join('\n')))
    const payload = createPayload(
      ({ random }) => texts.pick(random),
      1,
      () => 0,
    )
    const forwards = Array.from({ length: 50 }, (_, id) => renderPayload(payload, id).toString())
    const backwards = Array.from({ length: 50 }, (_, at) => renderPayload(payload, 49 - at).toString())
    expect(backwards.toReversed()).toEqual(forwards)
    expect(new Set(forwards).size).toBeGreaterThan(45)
  })

  it('refuses a file that is not there, or empty, when it is made', () => {
    expect(() => corpus('no-such-file.txt')).toThrow(/Cannot read the data no-such-file\.txt/)
    expect(() => corpus(folder.write('\n \n'))).toThrow(/holds no rows/)
  })
})
