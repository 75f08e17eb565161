import { spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { PlimsollError } from '../kernel/errors.js'

/** An opener that is still there after so long shows the file; some of them stay as long as the browser does. */
const patienceMs = 1_500

function openerOf(platform: NodeJS.Platform): readonly [program: string, ...args: string[]] {
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['cmd', '/c', 'start', '""']
  return ['xdg-open']
}

/**
 * Opens a file with the program that the desktop has for it.
 * @param file absolute
 * @throws PlimsollError NO_BROWSER where there is none
 */
export async function openFile(file: string, platform: NodeJS.Platform = process.platform): Promise<void> {
  const [program, ...args] = openerOf(platform)
  const child = spawn(program, [...args, file], { stdio: 'ignore', detached: true })
  const failure = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), patienceMs)
    const settle = (reason: string | null): void => {
      clearTimeout(timer)
      resolve(reason)
    }
    child.once('error', () => settle(`${program} is not there`))
    child.once('exit', (code) => settle(code === 0 ? null : `${program} ended with exit code ${code}`))
  })
  child.unref()
  if (failure === null) return
  throw new PlimsollError('NO_BROWSER', `No browser could be opened: ${failure}.`, {
    hint: `Open it yourself: ${pathToFileURL(file).href}`,
  })
}
