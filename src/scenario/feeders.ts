import { closeSync } from 'node:fs'
import { PlimsollError } from '../kernel/errors.js'
import { Random } from '../kernel/random.js'
import type { Feeder, FeedOrder, FeedShare } from './feeder.js'
import { enroll } from './feeder-registry.js'
import { RandomRows } from './rows/draw-rows.js'
import {
  type CsvOptions,
  checkRows,
  type DataFile,
  type JsonOptions,
  noRows,
  openCsv,
  openJson,
} from './rows/open-rows.js'
import { RowCursor, type RowFile } from './rows/row-cursor.js'

export interface FeederOptions {
  /** Default `'sequence'`. */
  readonly order?: FeedOrder
}

/**
 * Rows of a CSV file (UTF-8, RFC 4180) with a header, as objects of strings. The file is read piece by piece and may
 * be larger than memory.
 * @throws PlimsollError DATA_UNREADABLE
 */
export function csvFeeder<Row = Record<string, string>>(
  file: DataFile,
  options: FeederOptions & CsvOptions = {},
): Feeder<Row> {
  return fileFeeder(() => openCsv<Row>(file, options), options)
}

/**
 * Rows of a JSON file: the elements of one array, or one value a line (NDJSON). The file is read piece by piece and
 * may be larger than memory.
 * @throws PlimsollError DATA_UNREADABLE
 */
export function jsonFeeder<Row = Record<string, unknown>>(
  file: DataFile,
  options: FeederOptions & JsonOptions = {},
): Feeder<Row> {
  return fileFeeder(() => openJson<Row>(file, options), options)
}

/**
 * Rows of a list. They are handed out as they are, not copied.
 * @throws PlimsollError DATA_UNREADABLE where the list is empty
 */
export function listFeeder<Row>(rows: readonly Row[], options: FeederOptions = {}): Feeder<Row> {
  if (rows.length === 0) throw new PlimsollError('DATA_UNREADABLE', 'A feeder was given an empty list.')
  return enroll((number) => new OrderedFeeder<Row>(number, (share) => listInOrder(rows, share, options)))
}

function listInOrder<Row>(
  rows: readonly Row[],
  { worker, workers, seed }: FeedShare,
  { order }: FeederOptions,
): () => Row {
  if (order === 'random') {
    const random = new Random(seed, worker)
    return () => rows[Math.floor(random.fine() * rows.length)]!
  }
  let at = worker - workers
  return () => {
    at += workers
    if (order === 'unique' && at >= rows.length) throw exhausted('The list')
    at %= rows.length
    return rows[at]!
  }
}

function fileFeeder<Row>(open: () => RowFile<Row>, { order }: FeederOptions): Feeder<Row> {
  checkRows(open)
  let file: RowFile<Row> | null = null
  return enroll(
    (number) =>
      new OrderedFeeder<Row>(number, (share) => {
        if (file) closeSync(file.descriptor)
        file = open()
        return order === 'random' ? anyRow(file, share) : rowsInTurn(file, share, order === 'unique')
      }),
  )
}

function anyRow<Row>(file: RowFile<Row>, { worker, seed }: FeedShare): () => Row {
  const rows = new RandomRows(file)
  const random = new Random(seed, worker)
  return () => rows.draw(random)
}

/** Every `workers`-th row; in `sequence` order the rows go on from the start, so that N workers take turns for ever. */
function rowsInTurn<Row>(file: RowFile<Row>, { worker, workers }: FeedShare, once: boolean): () => Row {
  const cursor = new RowCursor(file)
  let toSkip = worker
  let isOver = false
  const restart = (): void => {
    isOver = once
    if (once) throw exhausted(file.name)
    cursor.rewind()
    if (!cursor.skip()) throw noRows(file.name)
    cursor.rewind()
  }
  return () => {
    if (isOver) throw exhausted(file.name)
    for (; toSkip > 0; toSkip--) {
      while (!cursor.skip()) restart()
    }
    toSkip = workers - 1
    for (;;) {
      const row = cursor.take()
      if (row !== undefined) return row
      restart()
    }
  }
}

const exhausted = (name: string): PlimsollError =>
  new PlimsollError('FEEDER_EXHAUSTED', `${name} has no rows left for this worker.`)

/** A feeder whose order is laid out when its share is known. */
class OrderedFeeder<Row> implements Feeder<Row> {
  readonly #number: number
  readonly #layOut: (share: FeedShare) => () => Row
  #share: FeedShare | null = null
  #next: (() => Row) | null = null

  constructor(number: number, layOut: (share: FeedShare) => () => Row) {
    this.#number = number
    this.#layOut = layOut
  }

  begin(share: FeedShare): void {
    if (this.#share && isSame(this.#share, share)) return
    // Two feeders in random order would otherwise draw the same rows of lists of the same length.
    const seed = new Random(share.seed ^ 0x6665_6564, this.#number).uint32()
    this.#next = this.#layOut({ ...share, seed })
    this.#share = share
  }

  next(): Row {
    if (this.#next) return this.#next()
    throw new PlimsollError('SCENARIO_INVALID', 'A feeder was asked for a row before the load began.', {
      hint: 'Take rows inside of a session, with user.next(feeder).',
    })
  }
}

const isSame = (a: FeedShare, b: FeedShare): boolean =>
  a.worker === b.worker && a.workers === b.workers && a.seed === b.seed
