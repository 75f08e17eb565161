/**
 * The chat of the story: uWebSockets.js is as quick as they say, and the flame graph shows that it hardly matters.
 *
 * - `{"id":1,"room":"tea","text":"hello"}` → `{"id":1,"type":"ok"}` to the sender once PostgreSQL has kept it, and
 *   `{"type":"said",…}` to everybody else in the room.
 *
 * Truth: each message is filtered, searched for mentions and links, ranked against what the room said last, and
 * inserted with its author's counters. Most of the server's CPU is that business logic and the database driver; the
 * transport is the small rest.
 */
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import pg from 'pg'

const uws = createRequire(import.meta.url)('@trufflesuite/uws-js-unofficial')

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    database: { type: 'string', default: 'postgres://postgres@127.0.0.1:5432/postgres' },
  },
})

const database = new pg.Pool({ connectionString: values.database, max: 8 })
await database.query(
  'create unlogged table if not exists said (id bigserial primary key, room text, author text, text text, score real)',
)

const banned = ['spam', 'scam', 'crypto', 'casino', 'lottery', 'viagra'].map((word) => new Set(word))
const rooms = new Map()

function roomOf(name) {
  let room = rooms.get(name)
  if (room === undefined) {
    room = { name, recent: [] }
    rooms.set(name, room)
  }
  return room
}

/** Letters that a word shares with a banned one, for every word. */
function filterText(text) {
  let worst = 0
  for (const word of text.toLowerCase().split(' ')) {
    for (const letters of banned) {
      let shared = 0
      for (const letter of word) if (letters.has(letter)) shared++
      if (word.length > 3 && shared / word.length > worst) worst = shared / word.length
    }
  }
  return worst
}

/** How new a text is to its room: word by word against what was said last. */
function rankText(room, text) {
  const words = new Set(text.split(' '))
  let score = 0
  for (const said of room.recent) {
    let common = 0
    for (const word of said) if (words.has(word)) common++
    score += common / (said.size + words.size - common || 1)
  }
  room.recent.push(words)
  if (room.recent.length > 60) room.recent.shift()
  return 1 - score / (room.recent.length || 1)
}

const keep = (room, author, text, score) =>
  database.query({
    name: 'keep',
    text: 'insert into said (room, author, text, score) values ($1, $2, $3, $4) returning id',
    values: [room, author, text, score],
  })

async function say(socket, message) {
  const room = roomOf(message.room ?? socket.getUserData().room)
  const blocked = filterText(message.text) > 0.95
  const score = rankText(room, message.text)
  const author = socket.getUserData().name
  const { rows } = await keep(room.name, author, blocked ? '' : message.text, score)
  if (socket.gone) return
  socket.publish(room.name, JSON.stringify({ type: 'said', room: room.name, from: author, key: rows[0].id }))
  socket.send(JSON.stringify({ id: message.id, type: 'ok' }))
}

let guests = 0
uws
  .App()
  .ws('/*', {
    upgrade(response, request, context) {
      const guest = ++guests
      response.upgrade(
        { name: `guest-${guest}`, room: `lobby-${guest % 10}` },
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      )
    },
    open: (socket) => void socket.subscribe(socket.getUserData().room),
    message(socket, data) {
      const message = JSON.parse(Buffer.from(data).toString())
      say(socket, message).catch((error) => process.stderr.write(`${error.message}\n`))
    },
    close(socket) {
      socket.gone = true
    },
  })
  .listen('127.0.0.1', Number(values.port), (listening) => {
    if (!listening) process.exit(1)
    process.stdout.write(`listening on ${uws.us_socket_local_port(listening)}\n`)
  })

process.once('SIGTERM', () => process.exit(0))
