/** An untrusted value is not what it should be; the message says what is wrong. */
export class Malformed extends Error {}

/** @throws Malformed */
export function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Malformed(`${what} is not an object`)
  return value as Readonly<Record<string, unknown>>
}

/** @throws Malformed */
export function array(value: unknown, what: string, limit: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new Malformed(`${what} is not a list`)
  if (value.length > limit)
    throw new Malformed(`${what} has more than ${limit.toLocaleString('en-US')} entries`)
  return value
}

/** @throws Malformed */
export function finite(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Malformed(`${what} is not a number`)
  return value
}

/** @throws Malformed */
export function within(value: unknown, what: string, limit: number): number {
  const number = finite(value, what)
  if (Math.abs(number) > limit) throw new Malformed(`${what} is out of range`)
  return number
}

/** @throws Malformed */
export function text(value: unknown, what: string, limit: number): string {
  if (typeof value !== 'string') throw new Malformed(`${what} is not a text`)
  return value.length > limit ? value.slice(0, limit) : value
}
