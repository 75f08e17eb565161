import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pprofProfiler, pprofUrl } from '../../../../src/profiling/pprof/pprof-profiler.js'
import { goProfile as good } from '../../../unit/profiling/pprof/go-profile.js'

const answers: Readonly<Record<string, RequestListener>> = {
  good: (_, response) => response.end(good),
  cut: (_, response) => response.end(good.subarray(0, good.length - 9)),
  broken: (_, response) => {
    response.writeHead(200, { 'content-length': String(good.length) })
    response.write(good.subarray(0, 20))
    setTimeout(() => response.destroy(), 50)
  },
  bomb: (_, response) => response.end(gzipSync(Buffer.alloc(300_000_000))),
  foreign: (_, response) => response.end('<html>hello</html>'),
  missing: (_, response) => response.writeHead(404).end('404 page not found'),
}
let server: Server
let asked = ''
let base = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    asked = request.url!
    const way = request.url!.split('/')[1]!
    answers[way]!(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
})

async function profile(way: string) {
  const profiler = pprofProfiler(`${base}/${way}/debug/pprof/`, 2)
  await profiler.start()
  await profiler.stop()
  return await profiler.result()
}

describe('a pprof URL', () => {
  it('is asked for so many seconds, and its profile read', async () => {
    const { analysis } = await profile('good')
    expect(asked).toBe('/good/debug/pprof/profile?seconds=2')
    expect(analysis.hottest.map((hot) => [hot.function, hot.selfShare])).toEqual([
      ['main.spendSeven', 0.7],
      ['main.spendThree', expect.closeTo(0.3, 9)],
    ])
    expect(analysis.idleShare).toBeCloseTo(0.5, 9)
    expect(analysis.seconds).toBe(2)
  })

  it('names the kind that is wanted, whatever page was named', () => {
    expect(pprofUrl('http://go:6060', 'cpu', 5).href).toBe('http://go:6060/debug/pprof/profile?seconds=5')
    expect(pprofUrl('http://go:6060/x/debug/pprof/profile?seconds=9', 'heap', 5).href).toBe(
      'http://go:6060/x/debug/pprof/heap',
    )
  })

  it.each([
    ['cut', /cut off/],
    ['broken', /broke off|aborted|socket hang up/],
    ['bomb', /more than 256 MB/],
    ['foreign', /no pprof profile/],
    ['missing', /404 page not found/],
  ])('that answers with something %s is refused in words', async (way, message) => {
    await expect(profile(way)).rejects.toMatchObject({
      code: 'PROFILE_FAILED',
      message: expect.stringMatching(message),
    })
  })
})
