import { afterEach } from 'vitest'
import { freePort } from '../../../src/target/free-port.js'
import { type RunningProgram, root, startLab } from '../../integration/labs/lab-process.js'
import { join } from 'node:path'

export { freePort }

export const labPath = (name: string): string => join(root, 'dist/labs', `${name}.js`)

/** Starts labs, and ends them after the test that did. */
export function useLabs(): (name: string, ...args: string[]) => Promise<RunningProgram> {
  let labs: RunningProgram[] = []
  afterEach(async () => {
    await Promise.all(labs.map((lab) => lab.stop()))
    labs = []
  })
  return async (name, ...args) => {
    const lab = await startLab(name, ...args)
    labs.push(lab)
    return lab
  }
}
