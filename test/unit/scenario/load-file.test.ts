import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { loadScenarioFile } from '../../../src/scenario/load-file.js'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-load-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

describe('a compiled scenario', () => {
  it('knows the place of each of its sources, not that of the compiled module', async () => {
    mkdirSync(join(folder, 'parts'), { recursive: true })
    write('parts/place.ts', 'export const inner: string = new URL("./users.csv", import.meta.url).href')
    const path = write(
      'scenario.ts',
      `#!/usr/bin/env plimsoll
      import { inner } from './parts/place.js'
      const places = [new URL('./users.csv', import.meta.url).href, import.meta.dirname, import.meta.filename, inner]
      export default { name: JSON.stringify(places), target: 'ws://127.0.0.1:1' }`,
    )
    const { scenario } = await loadScenarioFile(path)
    expect(JSON.parse(scenario.name!)).toEqual([
      pathToFileURL(join(folder, 'users.csv')).href,
      folder,
      path,
      pathToFileURL(join(folder, 'parts/users.csv')).href,
    ])
  })

  it('keeps the line of a mistake', async () => {
    const path = write('broken.ts', 'const here = import.meta.url\n\nexport default {{\n')
    await expect(loadScenarioFile(path)).rejects.toThrow(/broken\.ts:3:/)
  })
})
