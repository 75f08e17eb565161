import { Profile } from 'pprof-format'
import {
  type Category,
  categories,
  categoryOfNodeModule,
  categoryOfPackage,
  packageOf,
} from '../categories.js'
import { FlameBuilder } from '../flame-builder.js'
import type { FlameProfile } from '../flame-profile.js'
import { categoryOfSymbol } from '../native/symbol-category.js'
import { unpack } from './pprof-writer.js'

export interface ReadPprof {
  readonly flame: FlameProfile
  /** 0 where the profile does not tell. */
  readonly seconds: number
  /** What was added up, such as `cpu` or `inuse_space`. */
  readonly valueType: string
  /** How often code was met on a core; 0 where the profile does not tell, or is of something else. */
  readonly samples: number
}

export type CheckedPprof = ReadPprof | { readonly problem: string }

const limits = { samples: 2_000_000, framesOfStack: 1_000, nameLength: 500 } as const

/** Of the values that a profile holds, the first of these is read. */
const preferred = ['cpu', 'inuse_space', 'alloc_space', 'wall', 'delay', 'samples']

const units: Readonly<Record<string, { readonly unit: FlameProfile['unit']; readonly factor: number }>> = {
  nanoseconds: { unit: 'us', factor: 0.001 },
  microseconds: { unit: 'us', factor: 1 },
  milliseconds: { unit: 'us', factor: 1_000 },
  seconds: { unit: 'us', factor: 1e6 },
  bytes: { unit: 'bytes', factor: 1 },
}

/**
 * Reads a profile in the pprof format, gzipped or not, from a stranger: numbers that point nowhere, as they do where
 * a file was cut off, make it damaged.
 */
export function readPprof(file: Uint8Array): CheckedPprof {
  const unpacked = unpack(file)
  if ('problem' in unpacked) return unpacked
  let profile: Profile
  try {
    profile = Profile.decode(unpacked.bytes)
  } catch {
    return { problem: 'it is no pprof profile' }
  }
  try {
    return new Reader(profile).read()
  } catch (error) {
    if (error instanceof Damaged) return { problem: error.message }
    throw error
  }
}

class Damaged extends Error {}

interface Place {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly category: Category | null
}

class Reader {
  readonly #profile: Profile
  readonly #strings: readonly string[]
  readonly #functions = new Map<number, Profile['function'][number]>()
  readonly #mappings = new Map<number, string>()
  /** Outermost first, as inlined functions share a location. */
  readonly #places = new Map<number, readonly Place[]>()

  constructor(profile: Profile) {
    this.#profile = profile
    this.#strings = profile.stringTable.strings
    for (const one of profile.function) this.#functions.set(Number(one.id), one)
    for (const { id, filename } of profile.mapping) this.#mappings.set(Number(id), this.#text(filename))
    for (const { id, line, address, mappingId } of profile.location) {
      const file = this.#mappings.get(Number(mappingId)) ?? ''
      const places = line.map((one) => this.#place(Number(one.functionId), Number(one.line), file))
      const unnamed = { name: `0x${address.toString(16)}`, file, line: 0, category: null }
      this.#places.set(Number(id), places.length > 0 ? places.reverse() : [unnamed])
    }
  }

  read(): ReadPprof {
    const { sample, sampleType, durationNanos } = this.#profile
    if (sampleType.length === 0) throw new Damaged('it is no pprof profile: it names no values')
    if (sample.length > limits.samples) throw new Damaged('it has more than 2,000,000 stacks')
    const names = sampleType.map(({ type }) => this.#text(type))
    const wanted = preferred.map((name) => names.indexOf(name)).find((index) => index >= 0)
    const index = wanted ?? sampleType.length - 1
    const { unit, factor } = units[this.#text(sampleType[index]!.unit)] ?? { unit: 'count', factor: 1 }
    const countIndex = names[index] === 'cpu' ? names.indexOf('samples') : -1
    let samples = 0
    const builder = new FlameBuilder()
    const threads = sample.map(({ label }) => this.#label(label, 'thread') ?? '')
    const manyThreads = new Set(threads).size > 1
    sample.forEach((one, position) => {
      if (one.value.length !== sampleType.length)
        throw new Damaged('a stack has not one number for each kind of value')
      const value = numberOf(one.value[index]!)
      if (value <= 0) return
      if (countIndex >= 0) samples += Math.max(0, numberOf(one.value[countIndex]!))
      const thread = { name: threads[position] || '(no thread)', file: '', line: 0 } as const
      const root = manyThreads ? builder.child(0, builder.frame({ ...thread, category: 'unattributed' })) : 0
      builder.add(this.#node(builder, root, one), value * factor)
    })
    return {
      flame: builder.build(unit),
      seconds: Math.max(0, Number(durationNanos) / 1e9),
      valueType: names[index]!,
      samples,
    }
  }

  #node(builder: FlameBuilder, root: number, sample: Profile['sample'][number]): number {
    const stack: Place[] = []
    for (let index = sample.locationId.length - 1; index >= 0; index--) {
      const places = this.#places.get(Number(sample.locationId[index]))
      if (!places) throw new Damaged('a stack names a place that is not there')
      stack.push(...places)
      if (stack.length > limits.framesOfStack) break
    }
    const ofTop = this.#label(sample.label, 'category')
    let node = root
    let category: Category = 'unattributed'
    stack.forEach(({ category: own, ...place }, index) => {
      category =
        (index === stack.length - 1 ? categories.find((one) => one === ofTop) : null) ?? own ?? category
      node = builder.child(node, builder.frame({ ...place, category }))
    })
    return node
  }

  #place(functionId: number, line: number, mapping: string): Place {
    const found = this.#functions.get(functionId)
    if (!found) throw new Damaged('a place names a function that is not there')
    const name = this.#text(found.name) || '(anonymous)'
    const file = this.#text(found.filename) || mapping
    return {
      name,
      file,
      line: Number.isSafeInteger(line) && line > 0 ? line : 0,
      category: categoryOfPlace(name, file, mapping),
    }
  }

  #label(labels: Profile['sample'][number]['label'], key: string): string | null {
    const found = labels.find((one) => this.#text(one.key) === key)
    return found ? this.#text(found.str) : null
  }

  #text(index: number | bigint): string {
    const text = this.#strings[Number(index)]
    if (text === undefined) throw new Damaged('it names a text that is not there')
    return text.slice(0, limits.nameLength)
  }
}

const numberOf = (value: number | bigint): number => Number(BigInt.asIntN(64, BigInt(value)))

function categoryOfPlace(name: string, file: string, mapping: string): Category | null {
  if (file.startsWith('node:')) return categoryOfNodeModule(file)
  const ofPackage = packageOf(file)
  if (ofPackage) return categoryOfPackage(ofPackage, file) ?? 'business-logic'
  if (/\.[cm]?[jt]sx?$/.test(file)) return 'business-logic'
  return categoryOfSymbol(name, mapping)
}
