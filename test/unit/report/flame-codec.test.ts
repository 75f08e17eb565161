import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFlame, type EncodedFlame, encodeFlame } from '../../../src/report/flame-codec.js'
import type { FlameData } from '../../../src/report/flame-data.js'
import { flameDatas } from '../../fixtures/flame-data.js'

const throughJson = (data: FlameData): FlameData =>
  decodeFlame(JSON.parse(JSON.stringify(encodeFlame(data))) as EncodedFlame)

describe('a flame graph in JSON', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(flameDatas, (data) => {
        expect(throughJson(data)).toEqual(data)
      }),
    )
  })

  it('keeps the times of a stream from drifting where they are no whole µs', () => {
    const us = Float64Array.from({ length: 3_000 }, () => 1_000.4)
    const data: FlameData = {
      unit: 'us',
      frames: [{ name: 'all', file: '', line: 0, category: 'unattributed' }],
      nodes: { frame: Int32Array.of(0), parent: Int32Array.of(-1), self: Float64Array.of(0) },
      streams: [{ pid: 1, thread: 'main', startUs: 0.5, node: new Int32Array(3_000), us }],
    }
    const [stream] = throughJson(data).streams
    expect(stream!.startUs).toBe(0.5)
    let exactUs = 0
    let keptUs = 0
    us.forEach((lengthUs, i) => {
      exactUs += lengthUs
      keptUs += stream!.us[i]!
      expect(Math.abs(exactUs - keptUs)).toBeLessThanOrEqual(0.5 + 1e-6)
    })
  })

  it('survives a stack that is deeper than the JSON writer', () => {
    const depth = 20_000
    const data: FlameData = {
      unit: 'us',
      frames: [{ name: 'f', file: '', line: 0, category: 'transport' }],
      nodes: {
        frame: new Int32Array(depth),
        parent: Int32Array.from({ length: depth }, (_, i) => i - 1),
        self: Float64Array.from({ length: depth }, (_, i) => (i === depth - 1 ? 7 : 0)),
      },
      streams: [],
    }
    expect(throughJson(data)).toEqual(data)
  })

  it('is refused where it breaks off or refers to what is not there', () => {
    const data: FlameData = {
      unit: 'us',
      frames: [{ name: 'f', file: '', line: 0, category: 'transport' }],
      nodes: { frame: Int32Array.of(0, 0), parent: Int32Array.of(-1, 0), self: Float64Array.of(0, 5) },
      streams: [{ pid: 1, thread: 'main', startUs: 0, node: Int32Array.of(1), us: Float64Array.of(5) }],
    }
    const good = encodeFlame(data)
    expect(decodeFlame(good)).toEqual(data)
    const stream = good.streams[0]!
    const damaged: EncodedFlame[] = [
      { ...good, nodeCount: 3 },
      { ...good, frameCount: 2 },
      { ...good, strings: [] },
      { ...good, nodes: btoa('\u0000\u0000\u0001\u0003\u0000\u0000') },
      { ...good, streams: [{ ...stream, samples: btoa('\u0008\u0005') }] },
      { ...good, streams: [{ ...stream, count: 2 }] },
    ]
    for (const encoded of damaged) expect(() => decodeFlame(encoded)).toThrow(RangeError)
    expect(() => decodeFlame({ ...good, nodes: 'no base64!' })).toThrow()
  })
})
