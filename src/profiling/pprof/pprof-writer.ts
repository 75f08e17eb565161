import { gunzipSync, gzipSync } from 'node:zlib'
import { Profile, StringTable } from 'pprof-format'
import type { FlameProfile } from '../flame-profile.js'

/** The file that has the format's numbers is github.com/google/pprof, proto/profile.proto. */
export interface PprofOptions {
  /** When the profile began, ms since 1970. */
  readonly startedAtMs: number
  readonly seconds: number
}

const valueTypes = {
  us: ['cpu', 'nanoseconds'],
  bytes: ['inuse_space', 'bytes'],
  count: ['events', 'count'],
} as const

/** Times are kept in ns. */
const scales = { us: 1_000, bytes: 1, count: 1 } as const

interface Sum {
  readonly node: number
  readonly labels: readonly (readonly [key: string, value: string])[]
  count: number
  weight: number
}

/**
 * The profile as `go tool pprof`, Grafana, Datadog and speedscope read it: gzipped protobuf. Sample types are
 * `samples` and `cpu` (or `inuse_space`); the labels `thread` and `category` can be filtered by (`-tagfocus`).
 */
export function toPprof(flame: FlameProfile, { startedAtMs, seconds }: PprofOptions): Uint8Array {
  const strings = new StringTable()
  const text = (value: string): number => strings.dedup(value)
  const [type, unit] = valueTypes[flame.unit]
  const valueType = { type: text(type), unit: text(unit) }
  const counted = flame.streams.length > 0
  const sums = counted ? sumsOfStreams(flame) : sumsOfNodes(flame)
  const profile = new Profile({
    sampleType: [...(counted ? [{ type: text('samples'), unit: text('count') }] : []), valueType],
    sample: sums.map(({ node, labels, count, weight }) => ({
      locationId: locationsOf(flame, node),
      value: [...(counted ? [count] : []), Math.round(weight * scales[flame.unit])],
      label: [...labels, ['category', flame.frames[flame.nodes.frame[node]!]!.category] as const].map(
        ([key, value]) => ({ key: text(key), str: text(value) }),
      ),
    })),
    // One mapping that says that all names are there, or readers go and look for a binary.
    mapping: [{ id: 1, hasFunctions: true, hasFilenames: true, hasLineNumbers: true }],
    location: flame.frames.map(({ line }, index) => ({
      id: index + 1,
      mappingId: 1,
      line: [{ functionId: index + 1, line }],
    })),
    function: flame.frames.map(({ name, file, line }, index) => ({
      id: index + 1,
      name: text(name),
      systemName: text(name),
      filename: text(file),
      startLine: line,
    })),
    timeNanos: BigInt(Math.round(startedAtMs * 1_000)) * 1_000n,
    durationNanos: BigInt(Math.round(seconds * 1e6)) * 1_000n,
    periodType: valueType,
    defaultSampleType: text(type),
    stringTable: strings,
  })
  return gzipSync(profile.encode())
}

/** Innermost first. */
function locationsOf(flame: FlameProfile, top: number): number[] {
  const { frame, parent } = flame.nodes
  const locations: number[] = []
  for (let node = top; node > 0; node = parent[node]!) locations.push(frame[node]! + 1)
  return locations
}

function sumsOfStreams(flame: FlameProfile): Sum[] {
  const sums = new Map<string, Sum>()
  for (const { pid, thread, node, us } of flame.streams) {
    const labels = [['thread', thread] as const, ['pid', String(pid)] as const]
    node.forEach((top, index) => {
      if (top < 0) return
      const key = `${pid}\n${top}\n${thread}`
      let sum = sums.get(key)
      if (!sum) {
        sum = { node: top, labels, count: 0, weight: 0 }
        sums.set(key, sum)
      }
      sum.count++
      sum.weight += us[index]!
    })
  }
  return [...sums.values()]
}

function sumsOfNodes({ nodes }: FlameProfile): Sum[] {
  const sums: Sum[] = []
  nodes.self.forEach((weight, node) => {
    if (weight > 0) sums.push({ node, labels: [], count: 0, weight })
  })
  return sums
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** A profile of a large service for a minute has some megabytes. */
const maxProtobufBytes = 256_000_000

export type Unpacked = { readonly bytes: Uint8Array } | { readonly problem: string }

/** Unpacks what is gzipped, within bounds. */
export function unpack(bytes: Uint8Array): Unpacked {
  if (!isGzip(bytes)) return { bytes }
  try {
    return { bytes: gunzipSync(bytes, { maxOutputLength: maxProtobufBytes }) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') return { problem: 'it unpacks to more than 256 MB' }
    if (code === 'Z_BUF_ERROR') return { problem: 'it is cut off: the compressed data has no end' }
    return { problem: 'its compressed data is damaged' }
  }
}
