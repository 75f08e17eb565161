// Programs that the tests use beside Node: a C compiler, make, and Chromium. As root on Debian the missing are installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const tools = [
  { name: 'gcc', packages: ['gcc', 'libc6-dev'] },
  { name: 'make', packages: ['make'] },
  { name: 'chromium', packages: ['chromium'] },
]

const onPath = (name) =>
  (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(`${folder}/${name}`))

const isThere = ({ name }) =>
  onPath(name) || (name === 'chromium' && existsSync(process.env.CHROMIUM_PATH ?? ''))

/** Installs what is missing, or says what to install and throws. */
export function ensureTools() {
  const missing = tools.filter((tool) => !isThere(tool))
  if (missing.length === 0) return
  const packages = missing.flatMap((tool) => tool.packages)
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
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
