// Programs that the tests use beside Node: a C compiler, make, OpenSSL and Chromium. As root on Debian the missing are installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

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

/** Installs what is missing, or says what to install and throws. */
export function ensureTools() {
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
