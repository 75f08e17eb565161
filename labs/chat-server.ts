/**
 * A small chat service with one deliberate weakness: JSON over WebSocket, rooms, history.
 *
 * - `{"id":1,"type":"join","room":"tea"}` → `{"id":1,"type":"joined","room":"tea","state":{…}}`
 * - `{"id":2,"type":"say","room":"tea","text":"hello"}` → `{"id":2,"type":"ok",…}` to the sender and
 *   `{"type":"said",…}`, without an id, to everybody else in the room. A message without a type is said; to say
 *   something in a room is to enter it; without a room it goes to a lobby of five seats (`lobby-1`, `lobby-2`, …).
 *
 * Truth: `snapshotRoom` writes the whole state of the room as JSON (about 125 KB) after every message, though only
 * a join needs it. That is well over half of the server's CPU, about 0.5 to 1 ms a message: the cause is
 * `serialization`, in `snapshotRoom`. `--snapshot on-join` is the same service with the weakness repaired.
 */
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import type { WebSocket } from 'ws'
import { monotonicUs } from '../src/kernel/clock.js'
import { acceptWebSockets } from './support/exchange.js'
import { commonOptions, runServer } from './support/program.js'
import { ReplyLog } from './support/reply-log.js'

interface Member {
  readonly name: string
  readonly lobby: string
  readonly socket: WebSocket
  room: Room | undefined
}

interface Said {
  readonly at: number
  readonly from: string
  readonly text: string
  readonly seenBy: ReadonlyArray<{ readonly member: string; readonly at: number }>
}

interface Room {
  readonly name: string
  readonly members: Set<Member>
  readonly history: Said[]
  /** The room as JSON, for whoever joins next. */
  snapshot: string
}

interface ClientMessage {
  readonly id?: unknown
  readonly type?: unknown
  readonly room?: unknown
  readonly text?: unknown
}

const historyLength = 250
const lobbySeats = 5
const maxTextLength = 1_000
const slowReaderBytes = 1_000_000
/** Who has read a message; fixed, so that a message costs the same whoever is connected. */
const regulars = Array.from({ length: 10 }, (_, index) => `guest-${index + 1}`)

const { values } = parseArgs({
  options: { ...commonOptions, snapshot: { type: 'string', default: 'every-message' } },
})
if (values.snapshot !== 'every-message' && values.snapshot !== 'on-join') {
  throw new RangeError('--snapshot is every-message or on-join')
}
const snapshotEveryMessage = values.snapshot === 'every-message'
const rooms = new Map<string, Room>()
const log = values.log === undefined ? undefined : new ReplyLog()
let membersSeen = 0

function openRoom(name: string): Room {
  const existing = rooms.get(name)
  if (existing) return existing
  const room: Room = { name, members: new Set(), history: yesterdaysHistory(name), snapshot: '' }
  rooms.set(name, room)
  return room
}

/** Every room remembers its last 250 messages; a new one starts full, so that its cost does not grow. */
function yesterdaysHistory(room: string): Said[] {
  const at = Date.now()
  return Array.from({ length: historyLength }, (_, index) => ({
    at: at - (historyLength - index) * 1_000,
    from: regulars[index % regulars.length]!,
    text: `line ${index + 1} of what was said in ${room} yesterday`,
    seenBy: regulars.map((member) => ({ member, at })),
  }))
}

/** The weakness: it costs as much as the room is large, and it is called for every message. */
function snapshotRoom(room: Room): string {
  const members = Array.from(room.members, (member) => member.name)
  return JSON.stringify({ room: room.name, members, history: room.history })
}

function enterRoom(member: Member, name: string): Room {
  if (member.room?.name === name) return member.room
  leaveRoom(member)
  const room = openRoom(name)
  room.members.add(member)
  member.room = room
  return room
}

function leaveRoom(member: Member): void {
  const room = member.room
  if (!room) return
  room.members.delete(member)
  member.room = undefined
  if (room.members.size === 0) rooms.delete(room.name)
}

function appendToHistory(room: Room, member: Member, text: string): void {
  const at = Date.now()
  room.history.push({
    at,
    from: member.name,
    text,
    seenBy: regulars.map((member) => ({ member, at })),
  })
  room.history.shift()
}

function broadcast(room: Room, sender: Member, text: string): void {
  const push = Buffer.from(JSON.stringify({ type: 'said', room: room.name, from: sender.name, text }))
  for (const member of room.members) {
    if (member === sender || member.socket.bufferedAmount > slowReaderBytes) continue
    member.socket.send(push, { binary: false })
  }
}

function say(member: Member, room: Room, message: ClientMessage): string {
  const text = typeof message.text === 'string' ? message.text.slice(0, maxTextLength) : ''
  appendToHistory(room, member, text)
  if (snapshotEveryMessage) room.snapshot = snapshotRoom(room)
  broadcast(room, member, text)
  return JSON.stringify({ id: message.id, type: 'ok', room: room.name, members: room.members.size })
}

function join(room: Room, message: ClientMessage): string {
  room.snapshot = snapshotRoom(room)
  const head = JSON.stringify({ id: message.id, type: 'joined', room: room.name })
  return `${head.slice(0, -1)},"state":${room.snapshot}}`
}

function answer(member: Member, message: ClientMessage): string {
  const named = typeof message.room === 'string' && message.room !== '' ? message.room : undefined
  const room = enterRoom(member, named ?? member.room?.name ?? member.lobby)
  if (message.type === 'join') return join(room, message)
  if (message.type === undefined || message.type === 'say') return say(member, room, message)
  return JSON.stringify({ id: message.id, type: 'error', problem: 'The types are join and say.' })
}

function readMessage(data: Buffer): ClientMessage | undefined {
  try {
    const message: unknown = JSON.parse(data.toString())
    return typeof message === 'object' && message !== null ? message : undefined
  } catch {
    return undefined
  }
}

function onMessage(member: Member, data: Buffer): void {
  const arrivalUs = monotonicUs()
  const message = readMessage(data)
  if (!message) {
    member.socket.send('{"type":"error","problem":"A message is a JSON object."}')
    return
  }
  const reply = answer(member, message)
  const replyUs = monotonicUs()
  member.socket.send(reply)
  if (typeof message.id === 'number') log?.record(message.id, arrivalUs, replyUs)
}

const http = createServer((_, response) => response.writeHead(426, { upgrade: 'websocket' }).end())
acceptWebSockets(http).on('connection', (socket) => {
  const number = ++membersSeen
  const lobby = `lobby-${Math.ceil(number / lobbySeats)}`
  const member: Member = { name: `member-${number}`, lobby, socket, room: undefined }
  socket.on('message', (data: Buffer) => onMessage(member, data))
  socket.on('close', () => leaveRoom(member))
})
runServer(http, values, () => {
  if (log !== undefined && values.log !== undefined) log.writeTo(values.log)
})
