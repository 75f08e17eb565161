import {
  parseCommandLine,
  parseSchedStat,
  parseSwitches,
  type SchedStat,
  type Switches,
} from './proc-parsing.js'
import { readSmall } from './read-proc.js'
import { groupName, type ThreadRole, threadRole, v8ThreadsOf } from './thread-roles.js'

/**
 * Threads of one name and role together, or a single one whose role may still turn out to be another. Times in ns since
 * the first look.
 */
export interface ThreadGroup {
  name: string
  role: ThreadRole
  /** Of the last look. */
  threads: number
  cpuNs: number
  runQueueWaitNs: number
}

interface Thread {
  readonly id: string
  readonly order: number
  stat: SchedStat
  switches: Switches | null
  name: string
  cpuNsWhenWaiting: number | null
  group: ThreadGroup | null
  seen: number
}

/** More names than a report could show: what comes after shares one. */
const mostGroups = 64
const otherGroup = 'other threads'

/**
 * Adds up the threads of a process. Without `detail` nothing but `schedstat` is read and nothing is told apart. A thread
 * that ends takes its last part of a sample with it.
 */
export class ThreadGroups {
  readonly #tasks: string
  readonly #isNode: boolean
  readonly #detail: boolean
  readonly #v8Threads: number
  readonly #threads = new Map<string, Thread>()
  readonly #groups = new Map<string, ThreadGroup>()
  #looks = 0
  #details = 0
  #nextOrder = 0
  #mainName = ''
  #voluntary: number | null = null
  #involuntary: number | null = null
  cpuNs = 0
  runQueueWaitNs = 0

  constructor(pid: number, options: { detail: boolean; isNode: boolean }) {
    this.#tasks = `/proc/${pid}/task`
    this.#isNode = options.isNode
    this.#detail = options.detail
    this.#v8Threads = v8ThreadsOf(parseCommandLine(readSmall(`/proc/${pid}/cmdline`) ?? ''))
  }

  get groups(): readonly ThreadGroup[] {
    return [...this.#groups.values()]
  }

  /** Since the first look; null where the system does not tell. */
  get switches(): Switches | null {
    return this.#voluntary === null || this.#involuntary === null
      ? null
      : { voluntary: this.#voluntary, involuntary: this.#involuntary }
  }

  /** False: the system has no `schedstat`. */
  add(ids: readonly string[]): boolean {
    this.#looks++
    const first = this.#looks === 1
    let readable = 0
    for (const id of ids) {
      const stat = parseSchedStat(readSmall(`${this.#tasks}/${id}/schedstat`) ?? '')
      if (!stat) continue
      readable++
      const known = this.#threads.get(id)
      // A thread id that counts less than before was given to a new thread.
      const same = known !== undefined && known.stat.cpuNs <= stat.cpuNs
      const thread = same ? known : this.#begin(id, stat)
      if (!first) {
        const cpuNs = stat.cpuNs - (same ? thread.stat.cpuNs : 0)
        const waitNs = Math.max(0, stat.runQueueWaitNs - (same ? thread.stat.runQueueWaitNs : 0))
        this.cpuNs += cpuNs
        this.runQueueWaitNs += waitNs
        if (thread.group) {
          thread.group.cpuNs += cpuNs
          thread.group.runQueueWaitNs += waitNs
        }
      }
      if (this.#detail && stat.cpuNs > thread.stat.cpuNs) this.#seeWaiting(thread)
      thread.stat = stat
      thread.seen = this.#looks
    }
    for (const [id, thread] of this.#threads) if (thread.seen !== this.#looks) this.#threads.delete(id)
    return !first || readable > 0
  }

  /** What is read at a lower rate: context switches, and names that changed. */
  addDetail(): void {
    this.#details++
    for (const group of this.#groups.values()) group.threads = 0
    for (const thread of this.#threads.values()) {
      const folder = `${this.#tasks}/${thread.id}`
      this.#addSwitches(thread, parseSwitches(readSmall(`${folder}/status`) ?? ''))
      this.#name(thread)
      this.#seeWaiting(thread)
      thread.group = this.#groupOf(thread)
      thread.group.threads++
    }
  }

  #begin(id: string, stat: SchedStat): Thread {
    const thread: Thread = {
      id,
      order: this.#nextOrder++,
      stat,
      switches: null,
      name: '',
      cpuNsWhenWaiting: null,
      group: null,
      seen: this.#looks,
    }
    this.#threads.set(id, thread)
    if (this.#detail) {
      this.#name(thread)
      thread.group = this.#groupOf(thread)
    }
    return thread
  }

  #name(thread: Thread): void {
    const name = readSmall(`${this.#tasks}/${thread.id}/comm`)?.trimEnd()
    if (name) thread.name = name
    if (thread.order === 0) this.#mainName = thread.name
  }

  /** Asked of a thread whenever it has run, since a busy one is rarely seen waiting. V8's never wait for events. */
  #seeWaiting(thread: Thread): void {
    if (!this.#isNode || thread.cpuNsWhenWaiting !== null || thread.group?.role === 'v8') return
    const waitsIn = readSmall(`${this.#tasks}/${thread.id}/wchan`) ?? ''
    if (waitsIn.includes('poll')) thread.cpuNsWhenWaiting = thread.stat.cpuNs
  }

  #addSwitches(thread: Thread, now: Switches | null): void {
    if (!now) return
    const before = thread.switches
    // Of a thread that began since the first look all counts; of the others what comes after it.
    const counts = before ?? (this.#details === 1 ? now : { voluntary: 0, involuntary: 0 })
    this.#voluntary = (this.#voluntary ?? 0) + Math.max(0, now.voluntary - counts.voluntary)
    this.#involuntary = (this.#involuntary ?? 0) + Math.max(0, now.involuntary - counts.involuntary)
    thread.switches = now
  }

  #groupOf(thread: Thread): ThreadGroup {
    const role = threadRole({
      name: thread.name,
      mainName: this.#mainName,
      order: thread.order,
      cpuNsWhenWaiting: thread.cpuNsWhenWaiting,
      isNode: this.#isNode,
      v8Threads: this.#v8Threads,
    })
    const name = groupName(thread.name)
    // A thread of Node without a telling name is known once it was seen waiting: all it did is then that role's.
    const alone = this.#isNode && role !== 'main' && role !== 'v8' && !thread.name.startsWith('libuv-worker')
    const key = alone ? thread.id : `${role}:${name}`
    const group = this.#groups.get(key) ?? this.#newGroup(key, name, role)
    if (alone && group.name !== otherGroup) Object.assign(group, { name, role })
    return group
  }

  #newGroup(key: string, name: string, role: ThreadRole): ThreadGroup {
    const full = this.#groups.size >= mostGroups
    const known = full ? this.#groups.get(otherGroup) : undefined
    if (known) return known
    const [shownName, shownRole]: [string, ThreadRole] = full ? [otherGroup, 'other'] : [name, role]
    const group: ThreadGroup = { name: shownName, role: shownRole, threads: 0, cpuNs: 0, runQueueWaitNs: 0 }
    this.#groups.set(full ? otherGroup : key, group)
    return group
  }
}
