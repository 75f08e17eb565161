import { setTimeout as delay } from 'node:timers/promises'
import { array, finite, Malformed, record, within } from './check-shape.js'
import { type CallFrame, copyCallFrame } from './cpu-profile.js'
import { attachFailed } from './inspector-channel.js'
import type { InspectorClient } from './inspector-client.js'

/** Bytes that were allocated at a stack and still lived at the end, scaled up from the samples. */
export interface HeapNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly selfSize: number
  readonly children: readonly HeapNode[]
}

/** The `.heapprofile` format of V8 (Chrome DevTools protocol, `HeapProfiler.SamplingHeapProfile`). */
export interface HeapProfile {
  readonly head: HeapNode
  readonly samples: readonly HeapSample[]
}

export interface HeapSample {
  readonly size: number
  readonly nodeId: number
  /** Counts up in the order of time. */
  readonly ordinal: number
}

export const heapLimits = { nodes: 500_000, samples: 2_000_000, depth: 1_000 } as const

export type CheckedHeapProfile = { readonly profile: HeapProfile } | { readonly problem: string }

/** Copies what is known of the format out of an untrusted value, or says what is wrong with it. */
export function checkHeapProfile(value: unknown): CheckedHeapProfile {
  try {
    const source = record(value, 'the profile')
    const ids = new Set<number>()
    const head = copyNode(source.head, ids, 0)
    const samples = array(source.samples ?? [], 'samples', heapLimits.samples).map(copySample)
    // V8 copies the tree before the samples, and what it allocates for the copy is sampled too.
    return { profile: { head, samples: samples.filter(({ nodeId }) => ids.has(nodeId)) } }
  } catch (error) {
    if (error instanceof Malformed) return { problem: error.message }
    throw error
  }
}

function copyNode(value: unknown, ids: Set<number>, depth: number): HeapNode {
  const source = record(value, 'a node')
  const id = finite(source.id, 'the id of a node')
  if (ids.has(id)) throw new Malformed(`node ${id} appears twice`)
  ids.add(id)
  if (ids.size > heapLimits.nodes)
    throw new Malformed(`it has more than ${heapLimits.nodes.toLocaleString('en-US')} nodes`)
  if (depth > heapLimits.depth) throw new Malformed('its stacks are too deep')
  return {
    id,
    callFrame: copyCallFrame(source.callFrame),
    selfSize: size(source.selfSize),
    children: array(source.children, 'children', heapLimits.nodes).map((child) =>
      copyNode(child, ids, depth + 1),
    ),
  }
}

function copySample(value: unknown): HeapSample {
  const source = record(value, 'a sample')
  return {
    size: size(source.size),
    nodeId: finite(source.nodeId, 'nodeId'),
    ordinal: finite(source.ordinal, 'ordinal'),
  }
}

function size(value: unknown): number {
  const bytes = within(value, 'a size', Number.MAX_SAFE_INTEGER)
  if (bytes < 0) throw new Malformed('a size is negative')
  return bytes
}

/** On average one allocation in as many bytes is looked at. */
const samplingIntervalBytes = 524_288
const startMs = 5_000
const stopMs = 20_000

/**
 * Samples the allocations of the main thread for `ms`.
 * @throws PlimsollError ATTACH_FAILED
 */
export async function sampleHeapOf(client: InspectorClient, ms: number): Promise<HeapProfile> {
  await client.send(
    'HeapProfiler.startSampling',
    { samplingInterval: samplingIntervalBytes },
    { timeoutMs: startMs },
  )
  await Promise.race([delay(ms), client.closed])
  const { profile } = await client.send('HeapProfiler.stopSampling', undefined, { timeoutMs: stopMs })
  const checked = checkHeapProfile(profile)
  if ('problem' in checked) throw attachFailed(`its heap profile is damaged: ${checked.problem}`)
  return checked.profile
}
