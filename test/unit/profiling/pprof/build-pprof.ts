/* Builds a profile by hand, byte by byte, so that the reader is tested by something that shares no code with it. */

export interface PprofParts {
  readonly sampleTypes: ReadonlyArray<readonly [type: string, unit: string]>
  /** Stacks of places, innermost first; each place has its inlined functions, innermost first. */
  readonly samples: ReadonlyArray<{
    readonly stack: ReadonlyArray<readonly string[]>
    readonly values: readonly number[]
  }>
  readonly durationNanos: number
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = BigInt(value)
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}
const field = (number: number, value: number): Buffer => Buffer.concat([varint(number << 3), varint(value)])
const message = (number: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([varint((number << 3) | 2), varint(body.length), body])
}

export function buildPprof({ sampleTypes, samples, durationNanos }: PprofParts): Buffer {
  const strings = ['']
  const text = (value: string): number => {
    if (!strings.includes(value)) strings.push(value)
    return strings.indexOf(value)
  }
  const names = [...new Set(samples.flatMap(({ stack }) => stack.flat()))]
  const places: Array<readonly string[]> = []
  const rows = samples.map(({ stack, values }) => {
    const ids = stack.map((place) => places.push(place))
    return message(2, message(1, ...ids.map(varint)), message(2, ...values.map(varint)))
  })
  const types = sampleTypes.map(([type, unit]) => message(1, field(1, text(type)), field(2, text(unit))))
  const locations = places.map((place, index) =>
    message(
      4,
      field(1, index + 1),
      ...place.map((name) => message(4, field(1, names.indexOf(name) + 1), field(2, 42))),
    ),
  )
  const functions = names.map((name, index) =>
    message(5, field(1, index + 1), field(2, text(name)), field(4, text(`${name}.go`))),
  )
  const table = strings.map((value) => message(6, Buffer.from(value)))
  return Buffer.concat([...types, ...rows, ...locations, ...functions, ...table, field(10, durationNanos)])
}
