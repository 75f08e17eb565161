/*
 * A reader of pprof by hand, to check the writer by something that shares no code with it: a walk over protobuf
 * (protobuf.dev, "Encoding") with the numbers of google/pprof's proto/profile.proto.
 */

type Field = readonly [number: number, value: bigint | Buffer]

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw new Error('the protobuf ends within a number')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    if (tag % 8 === 0) fields.push([tag >> 3, varint()])
    else if (tag % 8 === 2) {
      const length = Number(varint())
      if (at + length > bytes.length) throw new Error('the protobuf ends within a message')
      fields.push([tag >> 3, bytes.subarray(at, at + length)])
      at += length
    } else throw new Error(`wire type ${tag % 8} is not in this format`)
  }
  return fields
}

const messages = (fields: readonly Field[], number: number): Field[][] =>
  fields.filter(([one]) => one === number).map(([, value]) => fieldsOf(value as Buffer))
const number = (fields: readonly Field[], wanted: number): bigint =>
  (fields.find(([one]) => one === wanted)?.[1] as bigint | undefined) ?? 0n

function packed(fields: readonly Field[], wanted: number): bigint[] {
  return fields
    .filter(([one]) => one === wanted)
    .flatMap(([, value]) => {
      if (typeof value === 'bigint') return [value]
      // A packed list is a row of numbers: each is read as the value of a field.
      const numbers: bigint[] = []
      let start = 0
      value.forEach((byte, index) => {
        if (byte >= 128) return
        const one = Buffer.concat([Buffer.from([8]), value.subarray(start, index + 1)])
        numbers.push(number(fieldsOf(one), 1))
        start = index + 1
      })
      return numbers
    })
}

export function walkPprof(bytes: Uint8Array) {
  const profile = fieldsOf(Buffer.from(bytes))
  const strings = profile.filter(([one]) => one === 6).map(([, value]) => (value as Buffer).toString('utf8'))
  const text = (index: bigint): string => strings[Number(index)]!
  const functions = new Map(messages(profile, 5).map((one) => [number(one, 1), one]))
  const locations = new Map(
    messages(profile, 4).map((location) => {
      const [line] = messages(location, 4)
      const called = functions.get(number(line!, 1))!
      return [
        number(location, 1),
        `${text(number(called, 2))} (${text(number(called, 4))}:${number(line!, 2)})`,
      ]
    }),
  )
  return {
    strings,
    sampleTypes: messages(profile, 1).map((one) => [text(number(one, 1)), text(number(one, 2))]),
    samples: messages(profile, 2).map((sample) => ({
      stack: packed(sample, 1).map((id) => locations.get(id)),
      values: packed(sample, 2),
      labels: Object.fromEntries(
        messages(sample, 3).map((label) => [text(number(label, 1)), text(number(label, 2))]),
      ),
    })),
    mappings: messages(profile, 3).map((one) => ({
      id: number(one, 1),
      hasFunctions: number(one, 7) === 1n,
    })),
    timeNanos: number(profile, 9),
    durationNanos: number(profile, 10),
  }
}
