/** What on-CPU time is spent on. The names are causes of `run.json` as well, but `unattributed`. */
export const categories = [
  'serialization',
  'crypto',
  'compression',
  'regex',
  'garbage-collection',
  'transport',
  'database-driver',
  'blocking-io',
  'business-logic',
  'unattributed',
] as const
export type Category = (typeof categories)[number]

const nodeModules: ReadonlyArray<readonly [RegExp, Category]> = [
  [/^(?:internal\/)?crypto(?:\/|$)|^_tls_common$|^internal\/tls\/secure/, 'crypto'],
  [/^(?:internal\/)?zlib(?:\/|$)|^internal\/webstreams\/compression/, 'compression'],
  [
    /^v8$|^internal\/child_process\/serialization|^internal\/worker\/io|^internal\/structured_clone/,
    'serialization',
  ],
  [/^(?:internal\/)?sqlite(?:\/|$)/, 'database-driver'],
  [
    /^_http_|^https?$|^(?:internal\/)?http2?(?:\/|$)|^(?:internal\/)?(?:net|dgram|tls|tty|dns|cluster|quic)(?:\/|$)|^_tls_wrap$|^_stream_wrap$|^internal\/(?:stream_base_commons|js_stream_socket|child_process$|deps\/undici|socketaddress|blocklist)/,
    'transport',
  ],
]

/**
 * The category of a module of Node itself. null: a module that works for whoever calls it (events, streams, buffers,
 * timers, fs without Sync …), whose time belongs to the caller.
 * @param url such as `node:internal/crypto/pbkdf2`
 */
export function categoryOfNodeModule(url: string): Category | null {
  const name = url.slice('node:'.length)
  return nodeModules.find(([pattern]) => pattern.test(name))?.[1] ?? null
}

const nativeTransportCalls = new Set(
  'send sendFirstFragment sendFragment sendLastFragment publish subscribe unsubscribe isSubscribed ping cork upgrade write writeStatus writeHeader tryEnd end endWithoutBody close getBufferedAmount getHeader'.split(
    ' ',
  ),
)

/**
 * Calls of uWebSockets.js and its like, which have no script: the app calls native code itself. The built-in functions
 * of JavaScript, which have no script either, are named otherwise.
 */
export const isNativeTransportCall = (functionName: string): boolean => nativeTransportCalls.has(functionName)

/** Modules whose functions named `…Sync` hold the event loop up until the kernel has answered. */
export const isBlockingModule = (url: string): boolean =>
  /^node:(?:internal\/)?(?:fs|child_process)(?:\/|$)/.test(url)

/** Standard output and error: writes to files and pipes are synchronous on Linux. */
export const isConsole = (url: string): boolean => url.startsWith('node:internal/console/')

/** The parts of Node that a write of the console passes through. */
export const isWritePath = (url: string): boolean =>
  /^node:(?:internal\/)?(?:fs|net|tty|streams?)(?:\/|$)|^node:internal\/stream_base_commons/.test(url)

const packagesOf: Readonly<Partial<Record<Category, string>>> = {
  'database-driver':
    'pg pg-protocol pg-pool pg-native pg-types pg-cursor postgres mysql mysql2 mariadb ioredis redis redis-parser mongodb bson mongoose mquery tedious mssql oracledb sqlite3 better-sqlite3 cassandra-driver knex sequelize typeorm drizzle-orm kysely neo4j-driver couchbase level classic-level @redis/* @prisma/* @elastic/* @mikro-orm/* @aws-sdk/client-dynamodb',
  transport:
    'ws engine.io engine.io-parser engine.io-client socket.io socket.io-adapter socket.io-client uWebSockets.js websocket websocket-driver faye-websocket sockjs primus undici node-fetch axios got follow-redirects http-proxy http-proxy-3 send serve-static raw-body busboy finalhandler on-finished mqtt mqtt-packet amqplib kafkajs nats @nats-io/* @grpc/grpc-js @hono/node-server',
  crypto:
    'jsonwebtoken jws jwa jose fast-jwt bcrypt bcryptjs argon2 @node-rs/* crypto-js node-forge tweetnacl libsodium-wrappers sodium-native elliptic bn.js hash.js sjcl scrypt-js @noble/*',
  compression:
    'pako fflate compression lz4 snappy snappyjs lz-string jszip archiver minizlib brotli zstd-codec',
  serialization:
    'fast-json-stringify protobufjs @protobufjs/* google-protobuf @bufbuild/protobuf msgpackr @msgpack/msgpack msgpack-lite notepack.io avsc cbor cbor-x flatbuffers thrift socket.io-parser socket.io-msgpack-parser superjson serialize-javascript json-bigint fast-safe-stringify safe-stable-stringify secure-json-parse flatted devalue xml2js fast-xml-parser js-yaml yaml class-transformer',
  regex: 're2 xregexp',
}

const packageCategories = new Map<string, Category>()
for (const category of categories) {
  for (const name of packagesOf[category]?.split(' ') ?? []) packageCategories.set(name, category)
}

/** The package that a script belongs to, by the last `node_modules` of its URL or path; null for an app's own. */
export function packageOf(url: string): string | null {
  const parts = url.replaceAll('\\', '/').split('/node_modules/')
  if (parts.length < 2) return null
  const [first, second] = parts.at(-1)!.replaceAll('%40', '@').split('/')
  if (!first) return null
  return first.startsWith('@') && second ? `${first}/${second}` : first
}

/** The category of a package; null for one that is not known, which counts as the app's own code. */
export function categoryOfPackage(name: string, url: string): Category | null {
  if (name === 'ws' && url.endsWith('/permessage-deflate.js')) return 'compression'
  const scope = name.startsWith('@') ? `${name.split('/')[0]}/*` : ''
  return packageCategories.get(name) ?? packageCategories.get(scope) ?? null
}
