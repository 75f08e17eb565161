import type { Actor } from '../../../../src/load/session/actor.js'
import { DueQueue } from '../../../../src/load/session/due-queue.js'
import { IntendedTime } from '../../../../src/load/session/intended-time.js'
import { Patience } from '../../../../src/load/session/patience.js'
import type { SessionContext } from '../../../../src/load/session/session-context.js'
import type { SessionTransports } from '../../../../src/load/session-transport.js'
import { Recorder } from '../../../../src/measurement/recorder.js'
import { Timeline, type WindowTotals } from '../../../../src/measurement/timeline.js'

const windows = { measureFromUs: 0, measureToUs: 3_600e6, endUs: 3_600e6 }

/** The world of a session in virtual time: it moves only when the test says so. */
export class VirtualWorld {
  readonly due = new DueQueue(() => {})
  readonly patience = new Patience()
  readonly recorder = new Recorder(windows, 10e6, 1)
  readonly context: SessionContext
  nowUs = 0
  turn = 0
  #messages = 0

  constructor(transports: Partial<SessionTransports> = {}) {
    this.context = {
      outcomes: this.recorder,
      due: this.due,
      patience: this.patience,
      transports: transports as SessionTransports,
      resolve: (path) => new URL(path, 'http://127.0.0.1'),
      headers: [],
      subprotocols: [],
      compression: false,
      timeoutUs: 10e6,
      seed: 1,
      nowUs: () => this.nowUs,
      sinceOriginUs: (instantUs) => instantUs,
      nextMessageId: () => this.#messages++,
      nextConnection: () => 0,
      turn: () => this.turn,
      countConnection: () => {},
    }
  }

  actor(): Actor {
    return {
      intended: new IntendedTime(this.context.turn),
      currentGroup: null,
      ended: false,
      threw(error) {
        throw error
      },
    }
  }

  /** Lets time go on, and whatever comes due happen at its time, with the promises that hang on it. */
  async until(timeUs: number): Promise<void> {
    await new Promise(setImmediate)
    while (this.due.nextDueUs() <= timeUs) {
      this.nowUs = Math.max(this.nowUs, this.due.nextDueUs())
      this.turn++
      this.due.handleDue(this.nowUs)
      await new Promise(setImmediate)
    }
    this.nowUs = timeUs
    this.turn++
    this.patience.expire(timeUs)
    await new Promise(setImmediate)
  }

  totals(): WindowTotals {
    const timeline = new Timeline(windows, 0, () => {})
    timeline.add(this.recorder.take())
    return timeline.totals('measured')
  }
}
