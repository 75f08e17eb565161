import type { Random } from '../kernel/random.js'
import { enroll } from './feeder-registry.js'
import { RandomRows } from './rows/draw-rows.js'
import { checkRows, type DataFile, openLines } from './rows/open-rows.js'

/** Real texts to draw from, such as messages that were captured: one a line. */
export interface Corpus {
  /** Any line of the file, each as likely. Empty lines do not count. */
  pick(random: Random): string
}

/**
 * Lines of a file (UTF-8) to draw from. The file may be larger than memory: it is read once before the load begins,
 * and after that line by line. Drawing depends on `random` only, so that the same seed gives the same messages.
 * @throws PlimsollError DATA_UNREADABLE
 */
export function corpus(file: DataFile): Corpus {
  const open = (): ReturnType<typeof openLines> => openLines(file)
  checkRows(open)
  let rows: RandomRows<string> | null = null
  return enroll(() => ({
    begin(): void {
      rows ??= new RandomRows(open())
    },
    pick(random: Random): string {
      rows ??= new RandomRows(open())
      return rows.draw(random)
    },
  }))
}
