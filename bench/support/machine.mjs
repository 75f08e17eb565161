import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const bench = join(dirname(fileURLToPath(import.meta.url)), '..')
export const root = join(bench, '..')
export const out = join(bench, 'out')

export function describeMachine() {
  const memory = /MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))
  return `${availableParallelism()} cores (${cpus()[0].model}), ${Math.round(Number(memory[1]) / 1e6)} GB, Linux ${release()}, Node ${process.version}, load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}`
}

const onPath = (name) =>
  spawnSync('sh', ['-c', `command -v ${name}`])
    .stdout.toString()
    .trim() || null

function installFromDebian(names) {
  if (process.getuid() !== 0 || !onPath('apt-get') || names.length === 0) return
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['update', '-qq'], options)
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], options)
}

/** Builds the C programs, and finds or installs what Plimsoll is compared with. The bench runs without a peer it lacks. */
export function preparePeers() {
  execFileSync('make', ['-s', '-C', join(bench, 'reference')], { stdio: 'inherit' })
  if (!existsSync(join(bench, 'node_modules'))) {
    spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: bench,
      stdio: 'ignore',
    })
  }
  installFromDebian(['wrk', 'hey'].filter((name) => !onPath(name)))
  const fromNpm = (name) => {
    const path = join(bench, 'node_modules/.bin', name)
    return existsSync(path) ? path : null
  }
  return {
    wrk: onPath('wrk'),
    hey: onPath('hey'),
    k6: onPath('k6'),
    autocannon: fromNpm('autocannon'),
    artillery: fromNpm('artillery'),
  }
}
