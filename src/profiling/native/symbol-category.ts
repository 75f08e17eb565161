import type { Category } from '../categories.js'

/*
 * What native code does, by the name of its function and of the file it lies in. A symbol that works for whoever
 * calls it (memcpy, malloc, a lock, the scheduler) has no category of its own: its time belongs to the caller.
 */

type Rules = ReadonlyArray<readonly [RegExp, Category]>

const kernelRules: Rules = [
  [/sys_(?:send|recv|accept|connect|epoll|poll|ppoll|select|shutdown|socket)/, 'transport'],
  [
    /^_*(?:tcp|udp|ipv?[46]?|inet6?|sock|skb|sk|unix|net|netif|napi|dev|neigh|nf|nft|loopback|eventpoll|virtnet|ep)_|^process_backlog|^do_epoll/,
    'transport',
  ],
  [
    /sys_(?:fsync|fdatasync|open|newfstat|stat|newlstat|getdents|unlink|rename|pread|pwrite)|^do_filp|^submit_bio/,
    'blocking-io',
  ],
  [
    /^_*(?:vfs|ext[234]|xfs|btrfs|f2fs|ovl|blk|bio|filemap|generic_(?:file|perform)|jbd2|nvme|scsi|path|link_path|iomap)_/,
    'blocking-io',
  ],
]

/** Runtimes and libraries that programs link in, whichever language they come from. */
const librarySymbols: Rules = [
  [
    /Scaveng|MarkCompact|Mark(?:ing|Sweep)|ConcurrentMark|Sweeper|v8::internal::(?:Heap::(?:Collect|Perform|GarbageCollect)|GCTracer|Evacuat|IncrementalMarking|Unmapper|ArrayBufferSweeper)/,
    'garbage-collection',
  ],
  [
    /^runtime\.(?:gc(?!(?:Write|bss))|bgsweep|bgscavenge|scanobject|scanblock|scanstack|greyobject|markroot|sweepone|wbBuf|\(\*(?:gcWork|sweepLocked|mspan)\)\.(?:sweep|balance|tryGet))/,
    'garbage-collection',
  ],
  [
    /^(?:erts_garbage_collect|garbage_collect|do_minor|sweep_|full_sweep|major_collection|minor_collection)/,
    'garbage-collection',
  ],
  [
    /^(?:G1|ZGC|Shenandoah|ParNew|PSScavenge|ParallelScavenge|GCTaskThread|GangWorker|WorkerThread::run|ConcurrentMarkSweep|ZMark|ZRelocate)/,
    'garbage-collection',
  ],
  [/Json(?:Stringif|Pars)|rapidjson|nlohmann|simdjson|yyjson|cJSON_|^jsoniter|^jiffy/, 'serialization'],
  [
    /^(?:encoding\/(?:json|gob|xml|binary|base64)|google\.golang\.org\/protobuf|github\.com\/(?:json-iterator|goccy\/go-json|bytedance\/sonic|vmihailenco\/msgpack))/,
    'serialization',
  ],
  [
    /\b(?:serde_json|rmp_serde|prost|bincode|simd_json)::|^(?:Elixir\.)?(?:Jason|Poison)\b|\$?'?Elixir\.(?:Jason|Poison)|com[./]fasterxml[./]jackson|com[./]google[./]gson/,
    'serialization',
  ],
  [
    /^(?:sha(?:1|256|512|3)?_|md5_|aes|gcm_|chacha|poly1305|ecp_|bn_|BN_|rsaz|RSA_|EVP_|ECDSA|ED25519|x25519|curve25519|ossl_|SSL_|ssl_|tls1?_|PKCS5|scrypt|KeccakF|Keccak)|node::crypto::/i,
    'crypto',
  ],
  [
    /^(?:crypto\/|golang\.org\/x\/crypto)|\b(?:ring|rustls|sha[123]|aes|aes_gcm|argon2|bcrypt|ed25519_dalek)::|\bbcrypt_|argon2/,
    'crypto',
  ],
  [
    /^(?:deflate|inflate|adler32|crc32|longest_match|compress_block|_tr_|fill_window|Brotli|ZSTD_|HUF_|FSE_|LZ4_|snappy)|node::\(anonymous namespace\)::(?:Zlib|Brotli|Compression)|^compress\/|github\.com\/klauspost\/compress|\b(?:flate2|miniz_oxide|brotli|zstd)::/,
    'compression',
  ],
  [
    /Irregexp|RegExp|v8::internal::regexp|^pcre2?_|^re2::|^onig|^regexp[./]|\bregex(?:_automata|_syntax)?::|^std::__detail::_(?:Executor|NFA|Compiler)|java[./]util[./]regex|^erts_(?:pcre|re)|re_run/,
    'regex',
  ],
  [
    /^(?:PQ|pq|mysql_|mongoc_|bson_|redis|sqlite3|OCI)[A-Za-z_]|^sqlite3|^(?:database\/sql|github\.com\/(?:lib\/pq|jackc\/pgx|go-sql-driver|redis\/go-redis|go-redis)|go\.mongodb\.org)|\b(?:tokio_postgres|sqlx|diesel|redis|mongodb|rusqlite)::|'?Elixir\.(?:Postgrex|Ecto|DBConnection|MyXQL|Redix)/,
    'database-driver',
  ],
  [
    /^uv__(?:io_poll|stream|read|write|udp|tcp|server_io|try_write)|llhttp_|^node::(?:http2?|StreamBase|LibuvStreamWrap|TCPWrap|\(anonymous namespace\)::Parser)|^uWS::|us_(?:socket|loop|poll|internal)|nghttp2_|^event_base|ev_run|websocketpp|boost::(?:asio|beast)/,
    'transport',
  ],
  [
    /^(?:net|net\/[a-z]+|golang\.org\/x\/net|google\.golang\.org\/grpc|nhooyr\.io\/websocket|github\.com\/(?:gorilla\/websocket|coder\/websocket|valyala\/fasthttp|gobwas\/ws))[./]|^runtime\.netpoll|\b(?:hyper|mio|h2|tungstenite|tokio_tungstenite|tokio::net|axum|actix_http|quinn)::|'?Elixir\.(?:Plug|Bandit|ThousandIsland|Phoenix\.(?:Socket|Transport))|^\$?(?:cowboy|ranch|gen_tcp|inet|prim_inet)|^(?:tcp_inet|packet_parse)/,
    'transport',
  ],
  [/^os\.\(\*File\)|^os\.(?:ReadFile|WriteFile|Open|Stat)|\bstd::fs::/, 'blocking-io'],
]

const libraryFiles: Rules = [
  [/^lib(?:crypto|ssl|gnutls|nettle|gcrypt|sodium|mbedtls)/, 'crypto'],
  [/^lib(?:z|zstd|brotli|lz4|snappy|bz2|lzma|deflate)\b/, 'compression'],
  [/^lib(?:pcre|pcre2|re2|onig)/, 'regex'],
  [/^lib(?:pq|mysqlclient|mariadb|mongoc|hiredis|sqlite3)/, 'database-driver'],
  [/^lib(?:uv|event|ev|nghttp2|curl|websockets)\b/, 'transport'],
]

/** Runtimes and standard libraries, which work for their callers. */
const neutralSymbols =
  /^(?:_|__|std::|core::|alloc::|<?(?:core|alloc|std)::|v8::|node::|uv_|Builtins_|erts_|beam_|process_main|runtime[./]|reflect\.|sync[./]|syscall\.|internal\/|strings\.|bytes\.|sort\.|slices\.|maps\.|strconv\.|fmt\.|io\.|bufio\.|time\.|math[./]|unicode[./]|context\.|os\.|errors\.|log[./]|main$|start_thread|clone3?$|malloc|calloc|realloc|free$|cfree|operator (?:new|delete)|mem(?:cpy|move|set|cmp)|str(?:len|cmp|cpy|chr)|pthread_|clock_|gettimeofday|tokio::(?:runtime|task|park)|JavaThread|thread_native_entry|JavaCalls)/

export const isKernelFile = (file: string): boolean =>
  /^\[(?:kernel|guest\.kernel)[\w.]*\]|^\[(?!vdso|vsyscall|heap|stack|jit|unknown)[\w-]+\]$|vmlinux|\.ko(?:\.\w+)?$/.test(
    file,
  )

/** Code that a virtual machine wrote at run time: perf finds no name, or has it from a map that the runtime wrote. */
export const isGeneratedFile = (file: string): boolean =>
  /\/perf-\d+\.map$|^\/\/anon|^\[anon|\/jitted-\d+-\d+\.so$|^\[jit\]/.test(file)

const nameOfFile = (file: string): string => file.slice(file.lastIndexOf('/') + 1)

/**
 * The category of a native function; null where its time belongs to its caller. Functions of the program itself are
 * business logic.
 * @param file the executable or library, as perf names it; empty where it is not known (Go, by its own profiler)
 */
export function categoryOfSymbol(symbol: string, file: string): Category | null {
  const matching = (rules: Rules, text: string): Category | null =>
    rules.find(([pattern]) => pattern.test(text))?.[1] ?? null
  if (isKernelFile(file)) return matching(kernelRules, symbol)
  const bySymbol = matching(librarySymbols, symbol)
  if (bySymbol) return bySymbol
  if (isGeneratedFile(file)) return 'business-logic'
  const name = nameOfFile(file)
  const byFile = matching(libraryFiles, name)
  if (byFile) return byFile
  if (symbol === '' || symbol === '[unknown]') return null
  if (neutralSymbols.test(symbol) || isSharedLibrary(name) || isRuntime(name)) return null
  return 'business-logic'
}

const isSharedLibrary = (name: string): boolean => /\.so(?:\.[\d.]+)?$/.test(name) || name.startsWith('[')

/** Programs that run other people's code: their own functions are no business logic. */
const isRuntime = (name: string): boolean =>
  /^(?:node|nodejs|beam\.smp|java|python[\d.]*|ruby|php[\w-]*|bun|deno)(?:-?v?\d[\d.]*)?(?: \(deleted\))?$/.test(
    name,
  )
