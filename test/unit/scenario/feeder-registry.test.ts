import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/kernel/random.js'
import { corpus } from '../../../src/scenario/corpus.js'
import { beginFeeders } from '../../../src/scenario/feeder-registry.js'
import { listFeeder } from '../../../src/scenario/feeders.js'
import { DataFolder } from './rows/row-files.js'

const folder = new DataFolder()
const share = { worker: 1, workers: 3, seed: 9 }

describe('beginFeeders', () => {
  it('begins all that were made, and leaves later ones to their first use', () => {
    const [first, second] = [listFeeder([0, 1, 2, 3, 4]), listFeeder(['a', 'b'])]
    const words = corpus(folder.write('one\n', 'words.txt'))
    beginFeeders(share)
    expect([first.next(), first.next(), second.next()]).toEqual([1, 4, 'b'])
    // It was indexed with the others: of lines that were added since, it does not know.
    folder.write(`one\n${'two\n'.repeat(50)}`, 'words.txt')
    const random = new Random(1)
    expect(Array.from({ length: 20 }, () => words.pick(random))).toEqual(Array(20).fill('one'))
    const late = listFeeder([7, 8])
    expect(() => late.next()).toThrow(/before the load began/)
    late.begin(share)
    expect(late.next()).toBe(8)
    beginFeeders(share)
    expect(first.next()).toBe(2)
  })

  it('says what cannot be read', () => {
    expect(() => corpus(folder.write('\n', 'empty.txt'))).toThrow(/holds no rows/)
  })
})
