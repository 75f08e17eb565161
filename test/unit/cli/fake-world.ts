import type { World } from '../../../src/kernel/world.js'

/** What a command line sees of its process, in a folder, and what it writes there. */
export function fakeWorld(cwd: string, isTTY = false, env: World['env'] = {}) {
  const texts = { out: '', err: '' }
  const output = (name: 'out' | 'err') => ({
    isTTY,
    columns: 80,
    write(text: string) {
      texts[name] += text
    },
  })
  const world: World = {
    stdout: output('out'),
    stderr: output('err'),
    env,
    cwd,
    cores: 2,
    version: '1.2.3',
    node: 'v22.1.0',
    os: 'Linux',
    now: () => new Date(0),
    onInterrupt: () => () => {},
  }
  return { world, texts }
}
