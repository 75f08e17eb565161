// Programs that the tests use: other versions of Node, a C compiler, make, OpenSSL and Chromium. As root on Debian the missing are installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const tools = [
  { name: 'gcc', packages: ['gcc', 'libc6-dev'] },
  { name: 'make', packages: ['make'] },
  { name: 'openssl', packages: ['openssl'] },
  { name: 'chromium', packages: ['chromium'] },
  { name: 'postgres', packages: ['postgresql'], folder: '/usr/lib/postgresql' },
  // Where they cannot be had, their tests are left out.
  { name: 'zsh', packages: ['zsh'], optional: true },
  { name: 'fish', packages: ['fish'], optional: true },
  { name: 'perf', packages: ['linux-perf'], optional: true },
  { name: 'strace', packages: ['strace'], optional: true },
  { name: 'go', packages: ['golang-go'], optional: true },
]

const onPath = (name) =>
  (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(`${folder}/${name}`))

const isThere = ({ name, folder }) =>
  onPath(name) ||
  (folder !== undefined && existsSync(folder)) ||
  (name === 'chromium' && existsSync(process.env.CHROMIUM_PATH ?? ''))

/** Packages that only some tests need, apart from those of the program: a chat's, and other versions of Node. */
const apart = ['labs/stories/uws-chat', 'test/node-versions']

function installApart() {
  for (const folder of apart) {
    const cwd = join(root, folder)
    if (existsSync(join(cwd, 'node_modules'))) continue
    process.stdout.write(`— installing the packages of ${folder}\n`)
    // Several versions of Node would all link one name.
    const args = ['ci', '--ignore-scripts', '--no-bin-links', '--no-audit', '--no-fund', '--loglevel=error']
    const { status } = spawnSync('npm', args, {
      cwd,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (status !== 0) throw new Error(`npm ci failed in ${folder}`)
  }
}

const packagesOf = (some) => some.flatMap((tool) => tool.packages)

/** Installs what is missing, or says what to install and throws. */
export function ensureTools() {
  installApart()
  const canInstall = process.getuid?.() === 0 && onPath('apt-get')
  const missing = tools.filter((tool) => !isThere(tool) && (canInstall || !tool.optional))
  if (missing.length === 0) return
  const packages = packagesOf(missing.filter((tool) => !tool.optional))
  if (!canInstall) {
    throw new Error(
      `The tests need ${missing.map(({ name }) => name).join(', ')}. Install: ${packages.join(' ')}`,
    )
  }
  const optional = packagesOf(missing.filter((tool) => tool.optional))
  process.stdout.write(`— installing ${[...packages, ...optional].join(' ')}\n`)
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  apt('update', '-qq')
  const install = (names) => apt('install', '-y', '-qq', '--no-install-recommends', ...names).status === 0
  // apt-get installs nothing at all where it does not know one of the names.
  for (const name of optional) install([name])
  if (packages.length > 0 && !install(packages)) {
    throw new Error(`apt-get could not install ${packages.join(' ')}`)
  }
}
