// Programs that the tests use: other versions of Node, a C compiler, make, OpenSSL and Chromium. As root on Debian the missing are installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const tools = [
  { name: 'gcc', packages: ['gcc', 'libc6-dev'] },
  { name: 'make', packages: ['make'] },
  { name: 'openssl', packages: ['openssl'] },
  { name: 'chromium', packages: ['chromium'] },
  // Where they cannot be had, their tests are left out.
  { name: 'zsh', packages: ['zsh'], optional: true },
  { name: 'fish', packages: ['fish'], optional: true },
]

const onPath = (name) =>
  (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(`${folder}/${name}`))

const isThere = ({ name }) =>
  onPath(name) || (name === 'chromium' && existsSync(process.env.CHROMIUM_PATH ?? ''))

/** The Node versions that the tests attach to, beside the one that runs them. A machine they are not built for has none. */
function ensureNodeVersions() {
  const folder = fileURLToPath(new URL('../test/node-versions', import.meta.url))
  if (existsSync(`${folder}/node_modules`)) return
  process.stdout.write('— installing the Node versions of test/node-versions\n')
  const args = ['ci', '--ignore-scripts', '--no-bin-links', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`npm ci failed in ${folder}`)
}

/** Installs what is missing, or says what to install and throws. */
export function ensureTools() {
  ensureNodeVersions()
  const canInstall = process.getuid?.() === 0 && onPath('apt-get')
  const missing = tools.filter((tool) => !isThere(tool) && (canInstall || !tool.optional))
  if (missing.length === 0) return
  const packages = missing.flatMap((tool) => tool.packages)
  if (!canInstall) {
    throw new Error(
      `The tests need ${missing.map(({ name }) => name).join(', ')}. Install: ${packages.join(' ')}`,
    )
  }
  process.stdout.write(`— installing ${packages.join(' ')}\n`)
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  apt('update', '-qq')
  const { status } = apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
  if (status !== 0) throw new Error(`apt-get could not install ${packages.join(' ')}`)
}
