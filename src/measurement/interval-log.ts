import { PlimsollError } from '../kernel/errors.js'
import type { Histogram } from './histogram.js'
import { decodeHistogram, encodeHistogram } from './histogram-codec.js'

/*
 * The interval log of HdrHistogram (org.HdrHistogram.HistogramLogWriter and HistogramLogReader), version 1.3: text,
 * a line an interval, so that a run which breaks off keeps what it had. The values in the histograms are µs; the
 * column Interval_Max is in ms, as in the logs of most tools, whose values are ns.
 */

/** One line of the log. */
export interface LoggedInterval {
  /** What was measured, such as `response`; '' for a line without a tag. */
  readonly tag: string
  /** Since the start of the log. */
  readonly startSeconds: number
  readonly lengthSeconds: number
  /** As the line says it: exact to the µs, where the histogram knows its highest bucket only. */
  readonly maxMs: number
  readonly histogram: Histogram
}

export interface IntervalLog {
  /** Wall time of the start in seconds since 1970, or `null` if the log doesn't say. */
  readonly startEpochSeconds: number | null
  readonly intervals: readonly LoggedInterval[]
  /** The last line breaks off: its writer died. All before it is there. */
  readonly truncated: boolean
}

/**
 * The lines that a log begins with.
 * @param startEpochMs wall time of the instant from which the intervals count their start
 */
export function intervalLogHeader(startEpochMs: number, toolVersion: string): string {
  const start = decimal(startEpochMs / 1_000)
  return [
    `#[Logged with Plimsoll ${oneLine(toolVersion)}]`,
    '#[Histogram log format version 1.3]',
    '#[Values are in microseconds, Interval_Max in milliseconds; for HistogramLogProcessor: -outputValueUnitRatio 1000]',
    `#[StartTime: ${start} (seconds since epoch), ${new Date(startEpochMs).toISOString()}]`,
    `#[BaseTime: ${start} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    '',
  ].join('\n')
}

/**
 * One interval as a line, with the line break.
 * @param tag letters, digits, `.`, `_` and `-`; several tags may share an interval
 * @param startSeconds since the start of the log
 * @throws RangeError for another tag, which would break the columns
 */
export function intervalLogLine(
  tag: string,
  startSeconds: number,
  lengthSeconds: number,
  histogram: Histogram,
): string {
  if (!/^[\w.-]+$/.test(tag)) throw new RangeError(`'${tag}' can't be the tag of an interval log`)
  const max = decimal(histogram.max / 1_000)
  return `Tag=${tag},${decimal(startSeconds)},${decimal(lengthSeconds)},${max},${encodeHistogram(histogram)}\n`
}

/**
 * Reads a whole log. A last line that breaks off is left out and reported; any other line that can't be read is
 * an error, since numbers of a part of a run must not pass for those of the whole.
 * @throws PlimsollError RUN_UNREADABLE
 */
export function readIntervalLog(text: string): IntervalLog {
  const lines = text.split(/\r\n|\n|\r/)
  const last = lines.length - 1
  let start: number | null = null
  let base: number | null = null
  let truncated = false
  const raw: LoggedInterval[] = []
  for (const [at, line] of lines.entries()) {
    const stamp = /^#\[(StartTime|BaseTime): ([0-9.]+)/.exec(line)
    if (stamp?.[1] === 'StartTime') start = Number(stamp[2])
    if (stamp?.[1] === 'BaseTime') base = Number(stamp[2])
    if (line === '' || line.startsWith('#') || line.startsWith('"StartTimestamp"')) continue
    try {
      raw.push(parseLine(line))
    } catch (cause) {
      // A complete line ends in a line break, and then the last piece is empty.
      if (at === last) truncated = true
      else throw unreadable(at + 1, cause)
    }
  }
  const shift = shiftToStart(raw[0]?.startSeconds ?? 0, start, base)
  const intervals = raw.map((interval) => ({ ...interval, startSeconds: interval.startSeconds + shift }))
  return { startEpochSeconds: start, intervals, truncated }
}

function parseLine(line: string): LoggedInterval {
  const fields = line.split(',')
  const tag = fields[0]!.startsWith('Tag=') ? fields.shift()!.slice('Tag='.length) : ''
  const [startSeconds, lengthSeconds, maxMs] = fields.slice(0, 3).map(toNumber)
  if (fields.length !== 4 || startSeconds === undefined) throw new RangeError('it needs four columns')
  return {
    tag,
    startSeconds,
    lengthSeconds: lengthSeconds!,
    maxMs: maxMs!,
    histogram: decodeHistogram(fields[3]!),
  }
}

function toNumber(field: string): number {
  const value = Number(field)
  if (field.trim() === '' || !Number.isFinite(value)) throw new RangeError(`'${field}' is no number`)
  return value
}

/**
 * What to add to the time stamps of a log so that they count from its start. With a base time they count from
 * that; without, they are absolute unless the first lies more than a year before the start (the rule of
 * HistogramLogReader).
 */
function shiftToStart(first: number, start: number | null, base: number | null): number {
  if (start === null) return 0
  if (base !== null) return base - start
  return first < start - 365 * 86_400 ? 0 : -start
}

/** 3 digits behind the point, as HdrHistogram writes its columns. */
const decimal = (value: number): string => value.toFixed(3)

const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ')

function unreadable(lineNumber: number, cause: unknown): PlimsollError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new PlimsollError('RUN_UNREADABLE', `Line ${lineNumber} of the interval log can't be read: ${why}`, {
    hint: 'Is latency.hlog as Plimsoll wrote it?',
    cause,
  })
}
