import { describe, expect, it } from 'vitest'
import { categoryOfNodeModule, categoryOfPackage, packageOf } from '../../../src/profiling/categories.js'

describe('packageOf', () => {
  it('takes the last node_modules of URLs and paths', () => {
    expect(packageOf('file:///app/node_modules/pg/lib/client.js')).toBe('pg')
    expect(packageOf('/app/node_modules/.pnpm/pg@8.11.0/node_modules/pg/lib/client.js')).toBe('pg')
    expect(packageOf('file:///app/node_modules/express/node_modules/debug/src/node.cjs')).toBe('debug')
    expect(packageOf('file:///app/node_modules/@redis/client/dist/lib/x.ts')).toBe('@redis/client')
    expect(packageOf('file:///app/node_modules/%40redis/client/x.js')).toBe('@redis/client')
    expect(packageOf('C:\\app\\node_modules\\ws\\lib\\receiver.js')).toBe('ws')
    expect(packageOf('file:///app/src/server.ts')).toBeNull()
    expect(packageOf('file:///app/my_node_modules/x.js')).toBeNull()
  })
})

describe('categories', () => {
  it('knows packages, by scope as well', () => {
    expect(categoryOfPackage('@redis/client', '')).toBe('database-driver')
    expect(categoryOfPackage('jsonwebtoken', '')).toBe('crypto')
    expect(categoryOfPackage('ws', 'file:///a/node_modules/ws/lib/receiver.js')).toBe('transport')
    expect(categoryOfPackage('ws', 'file:///a/node_modules/ws/lib/permessage-deflate.js')).toBe('compression')
    expect(categoryOfPackage('express', '')).toBeNull()
  })

  it('knows modules of Node', () => {
    const expected = {
      'node:internal/crypto/pbkdf2': 'crypto',
      'node:crypto': 'crypto',
      'node:zlib': 'compression',
      'node:_http_outgoing': 'transport',
      'node:net': 'transport',
      'node:http': 'transport',
      'node:internal/http2/core': 'transport',
      'node:internal/stream_base_commons': 'transport',
      'node:internal/child_process': 'transport',
      'node:internal/child_process/serialization': 'serialization',
      'node:sqlite': 'database-driver',
      'node:events': null,
      'node:internal/streams/writable': null,
      'node:internal/timers': null,
      'node:fs': null,
    }
    for (const [url, category] of Object.entries(expected))
      expect(categoryOfNodeModule(url), url).toBe(category)
  })
})
