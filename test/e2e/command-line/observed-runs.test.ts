import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Profile, StringTable } from 'pprof-format'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { perfAvailability } from '../../../src/profiling/native/perf-profiler.js'
import type { TimelineSecond } from '../../../src/report/timeline-second.js'
import { listeningPortsOf } from '../../../src/target/find-listener.js'
import {
  openSocket,
  type RunningProgram,
  root,
  startLab,
  startProgram,
} from '../../integration/labs/lab-process.js'
import { until } from '../../integration/profiling/attach-programs.js'
import {
  type FinishedRun,
  parseRun,
  readFolder,
  runJson,
  stackTrace,
  start,
  temporaryFolder,
} from '../support/command.js'
import { isAlive } from '../support/processes.js'

const loose = ['--slo', 'p99 < 30s', '--slo', 'errors < 50%', '--timeout', '2s', '--warmup', '500ms']
const wsUrl = (lab: RunningProgram): string => `ws://127.0.0.1:${lab.port}/`
const httpUrl = (lab: RunningProgram): string => `http://127.0.0.1:${lab.port}/`
/** The ports on which a process listens beside that of its service. */
const otherPorts = (lab: RunningProgram): number[] =>
  listeningPortsOf(lab.pid).flatMap(({ port }) => (port === lab.port ? [] : [port]))

async function answers(lab: RunningProgram): Promise<boolean> {
  const socket = await openSocket(lab.port)
  socket.close()
  return true
}

const running: RunningProgram[] = []
async function lab(starting: Promise<RunningProgram>): Promise<RunningProgram> {
  const program = await starting
  running.push(program)
  return program
}
afterAll(async () => {
  await Promise.all(running.filter(({ pid }) => isAlive(pid)).map((program) => program.stop()))
})

describe('a Node service that was running before', () => {
  let chat: RunningProgram
  let finished: FinishedRun

  beforeAll(async () => {
    chat = await lab(startLab('chat-server'))
    finished = await runJson([wsUrl(chat), '-r', '100/s', '-d', '6s', ...loose, '--syscalls'])
  })

  it('is told by one line that it is attached to, and profiled by its inspector', () => {
    const { run, err, folder } = finished
    const lines = err.split('\n').filter((line) => line.includes('Attaching'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(`Attaching to the inspector of process ${chat.pid} `)
    expect(run.profile!.how).toBe('inspector')
    const [hottest] = run.profile!.hottest
    expect(hottest).toMatchObject({
      function: 'snapshotRoom',
      file: expect.stringMatching(/chat-server\.ts$/),
    })
    const source = readFolder(root, 'labs/chat-server.ts').split('\n')
    expect(source[hottest!.line - 1]).toContain('snapshotRoom')
    for (const file of run.profile!.files) expect(readFolder(folder, file).length).toBeGreaterThan(100)
  })

  it('goes on as before, with its inspector closed', async () => {
    expect(otherPorts(chat)).toEqual([])
    expect(await answers(chat)).toBe(true)
  })

  it('is compared with itself with and without each collector', () => {
    const { run, folder } = finished
    const ledger = run.profile!.ledger!
    expect(ledger.map(({ collector }) => collector).sort()).toEqual(['cpu-profile', 'proc', 'runtime'])
    for (const { cpuPerReply } of ledger) {
      const [from, to] = cpuPerReply.interval
      expect(from).toBeLessThan(to)
      expect(cpuPerReply.value).toBeGreaterThanOrEqual(from)
      expect(cpuPerReply.value).toBeLessThanOrEqual(to)
    }
    expect(run.profile!.cpuShare).toBeGreaterThan(0.01)
    expect(run.profile!.cpuShare).toBeLessThan(1.05)
    expect(run.load.controlSeconds).toBeGreaterThan(1)
    const rows = readFolder(folder, 'timeline.ndjson').trim().split('\n')
    const phases = rows.map((line) => (JSON.parse(line) as TimelineSecond).phase)
    expect(phases).toContain('control')
    expect(phases).toContain('profiled')
  })

  it('answers for its objectives in the measured window only', () => {
    const { run } = finished
    expect(run.counters.due).toBe(600)
    expect(run.metrics.response!.count).toBeLessThanOrEqual(600)
    expect(run.load.measuredSeconds).toBe(6)
  })

  it('has its system calls counted where strace can, or the run says why not', () => {
    const { run } = finished
    if (run.syscalls === null) expect(run.settings.syscallsNote).toMatch(/strace/)
    else {
      expect(
        run.syscalls!.some(({ name, calls }) => /^(?:writev?|sendmsg|read)$/.test(name) && calls > 10),
      ).toBe(true)
      const shares = run.syscalls!.reduce((sum, { share }) => sum + share, 0)
      expect(shares).toBeCloseTo(1, 6)
    }
  })

  it('is left alone with --observe proc', async () => {
    const before = chat.errors()
    const { run, err } = await runJson([wsUrl(chat), '-r', '50/s', '-d', '1s', ...loose, '--observe', 'proc'])
    expect(err).not.toMatch(/[Ii]nspector/)
    expect(run.profile).toBeNull()
    expect(run.settings.profileNote).toContain('--observe proc')
    expect(chat.errors()).toBe(before)
    expect(otherPorts(chat)).toEqual([])
  })

  it('is attached to where --observe names it', async () => {
    const id = String(chat.pid)
    const { run, err } = await runJson([wsUrl(chat), '-r', '50/s', '-d', '2s', ...loose, '--observe', id])
    expect(err).toContain(`Attaching to the inspector of process ${id} `)
    expect(run.profile!.threads!.map(({ pid }) => pid)).toContain(chat.pid)
    expect(otherPorts(chat)).toEqual([])
  })
})

describe('a run that ends early while it looks into its target', () => {
  const begin = (target: RunningProgram, length: string) => {
    const out = join(temporaryFolder(), 'run')
    const options = ['-r', '100/s', '-d', length, ...loose, '--every', '500ms', '--json', '--out', out]
    return { out, ...start(['run', wsUrl(target), ...options]) }
  }

  it('by Ctrl-C in the profiled window: keeps its results, and the service goes on', async () => {
    const chat = await lab(startLab('chat-server'))
    const { child, finished, said, out } = begin(chat, '5s')
    await said('Profiling')
    child.kill('SIGINT')
    const ended = await finished
    expect(ended.code).toBe(130)
    expect(ended.err).not.toMatch(stackTrace)
    expect(JSON.parse(readFolder(out, 'run.json'))).toEqual(parseRun(ended))
    expect(readFolder(out, 'report.html')).toContain('</html>')
    expect(otherPorts(chat)).toEqual([])
    expect(await answers(chat)).toBe(true)
  })

  it('by SIGKILL: the service goes on, and its inspector closes by itself', async () => {
    const chat = await lab(startLab('chat-server'))
    const { child, finished, said } = begin(chat, '60s')
    await said('Attaching')
    await until(() => otherPorts(chat).length > 0)
    await said('Measuring')
    child.kill('SIGKILL')
    await finished
    await until(() => otherPorts(chat).length === 0, 25_000)
    expect(await answers(chat)).toBe(true)
  })

  it('by the end of the target: writes its report, and says why there is no profile', async () => {
    const chat = await lab(startLab('chat-server'))
    const { finished, said, out } = begin(chat, '5s')
    await said('Profiling')
    process.kill(chat.pid, 'SIGKILL')
    const ended = await finished
    const run = parseRun(ended)
    expect(ended.err).not.toMatch(stackTrace)
    expect(readFolder(out, 'report.html')).toContain('</html>')
    expect(run.profile).toBeNull()
    expect(run.settings.profileNote).toMatch(/target cannot be looked into|connection/)
    expect(run.metrics.response!.count).toBeGreaterThan(400)
  })
})

const cServer = `
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
static volatile unsigned long sink;
__attribute__((noinline)) void weigh_reply(void) { for (unsigned long i = 0; i < 1000000; i++) sink += i; sink++; }
int main(void) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  struct pollfd open[128] = { { .fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN } };
  int count = 1;
  static const char reply[] = "HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok";
  bind(open[0].fd, (struct sockaddr *)&address, length);
  listen(open[0].fd, 128);
  getsockname(open[0].fd, (struct sockaddr *)&address, &length);
  printf("listening on %d\\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    poll(open, count, -1);
    for (int i = count - 1; i > 0; i--) {
      char text[4096];
      if (!open[i].revents) continue;
      if (read(open[i].fd, text, sizeof text) > 0) {
        weigh_reply();
        if (write(open[i].fd, reply, sizeof reply - 1) > 0) continue;
      }
      close(open[i].fd);
      open[i] = open[--count];
    }
    if ((open[0].revents & POLLIN) && count < 128) {
      open[count].fd = accept(open[0].fd, 0, 0);
      open[count].events = POLLIN;
      open[count++].revents = 0;
    }
  }
}
`

describe('a target that is not Node', () => {
  let server: RunningProgram

  beforeAll(async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'server.c'), cServer)
    const binary = join(folder, 'server')
    execFileSync('gcc', ['-O1', '-fno-omit-frame-pointer', '-o', binary, join(folder, 'server.c')])
    server = await lab(startProgram(binary, []))
  })

  it('is profiled by perf, or the run says why it cannot', async () => {
    const { run, err } = await runJson([httpUrl(server), '-r', '100/s', '-d', '6s', ...loose])
    expect(run.counters.received).toBeGreaterThan(250)
    const available = await perfAvailability()
    if (available.ok) {
      expect(err).toContain(`perf samples process ${server.pid}`)
      expect(run.profile!.how).toBe('perf')
      expect(run.profile!.hottest[0]!.function).toBe('weigh_reply')
    } else {
      expect(run.profile).toBeNull()
      expect(run.settings.profileNote).toContain(available.reason)
    }
    expect(isAlive(server.pid)).toBe(true)
  })

  it('is profiled by the URL that --pprof names', async () => {
    const asked: string[] = []
    const pprof = createServer(({ url }, response) => {
      asked.push(url!)
      response.end(pprofOf('handleOrder', 'orders.go'))
    }).listen(0, '127.0.0.1')
    await until(() => pprof.listening)
    const base = `http://127.0.0.1:${(pprof.address() as AddressInfo).port}/debug/pprof`
    const { run } = await runJson([httpUrl(server), '-r', '50/s', '-d', '3s', ...loose, '--pprof', base])
    pprof.close()
    expect(asked).toEqual(['/debug/pprof/profile?seconds=1'])
    expect(run.profile!.how).toBe('pprof')
    expect(run.profile!.hottest[0]).toMatchObject({ function: 'main.handleOrder', line: 12 })
    expect(run.profile!.hottest[0]!.file).toContain('orders.go')
  })
})

/** A profile of one second in which one Go function was all the time on the CPU. */
function pprofOf(name: string, file: string): Buffer {
  const strings = new StringTable()
  const text = (value: string): number => strings.dedup(value)
  const profile = new Profile({
    sampleType: [
      { type: text('samples'), unit: text('count') },
      { type: text('cpu'), unit: text('nanoseconds') },
    ],
    sample: [{ locationId: [1], value: [100, 1e9], label: [] }],
    location: [{ id: 1, line: [{ functionId: 1, line: 12 }] }],
    function: [
      { id: 1, name: text(`main.${name}`), systemName: text(`main.${name}`), filename: text(`/src/${file}`) },
    ],
    stringTable: strings,
    durationNanos: 1e9,
    periodType: { type: text('cpu'), unit: text('nanoseconds') },
    period: 1e7,
  })
  return gzipSync(profile.encode())
}

const cluster = `
const cluster = require('node:cluster')
const { Worker, isMainThread } = require('node:worker_threads')
const turn = (ms) => { const end = Date.now() + ms; while (Date.now() < end) Math.sqrt(end) }
if (!isMainThread) setInterval(() => turn(5), 20)
else if (cluster.isPrimary) {
  cluster.setupPrimary({ inspectPort: 0 })
  let ready = 0
  for (let left = 2; left > 0; left--) cluster.fork()
  cluster.on('listening', (_, { port }) => { if (++ready === 2) console.log('listening on ' + port) })
  process.on('SIGTERM', () => { for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL'); process.exit(0) })
} else {
  require('node:http').createServer((_, response) => { turn(1); response.end('ok') }).listen(0, '127.0.0.1')
  new Worker(__filename, { name: 'indexer' })
}
`

describe('a cluster', () => {
  it('has all threads of both workers in one profile', async () => {
    const script = join(temporaryFolder(), 'cluster.cjs')
    writeFileSync(script, cluster)
    const primary = await lab(startProgram(process.execPath, ['--inspect-port=0', script]))
    const { run, err } = await runJson([httpUrl(primary), '-r', '100/s', '-d', '3s', ...loose])
    expect(err).toContain('Attaching to the inspectors of processes')
    const { threads, problems } = run.profile!
    expect(problems).toEqual([])
    const indexers = threads!.filter(({ thread }) => thread.includes('indexer'))
    expect(new Set(indexers.map(({ pid }) => pid)).size).toBe(2)
    for (const { pid, onCpuSeconds } of indexers) {
      expect(onCpuSeconds).toBeGreaterThan(0)
      expect(threads!.filter((one) => one.pid === pid).length).toBeGreaterThanOrEqual(2)
      expect(isAlive(pid)).toBe(true)
      expect(listeningPortsOf(pid).filter(({ port }) => port !== primary.port)).toEqual([])
    }
  })
})
