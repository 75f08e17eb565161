import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createProgram } from '../../../src/cli/command-line.js'
import type { World } from '../../../src/kernel/world.js'
import { command, isInstalled, temporaryFolder } from '../support/command.js'

/** `plimsoll run --ar` and a press of the tab key, in a real shell: the words that it offers. */
type Ask = (line: string) => string[]

const silence = { isTTY: false, columns: 80, write: () => {} }
const silentWorld: World = {
  stdout: silence,
  stderr: silence,
  env: {},
  cwd: '/',
  cores: 1,
  version: '0.0.0',
  node: 'v20.11.0',
  os: 'Linux',
  now: () => new Date(0),
  onInterrupt: () => () => {},
}

const folder = temporaryFolder()
const script = (shell: string): string => join(folder, `plimsoll.${shell}`)
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

const askBash: Ask = (line) => {
  const words = line.split(' ')
  const program = `source ${script('bash')}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMP_LINE='${line}'
    _plimsoll; printf '%s\\n' "\${COMPREPLY[@]}"`
  return linesOf(execFileSync('bash', ['--norc', '-c', program], { cwd: folder, encoding: 'utf8' }))
}

const askFish: Ask = (line) => {
  const program = `source ${script('fish')}; complete -C '${line}'`
  const text = execFileSync('fish', ['--no-config', '-c', program], { cwd: folder, encoding: 'utf8' })
  return linesOf(text).map((one) => one.split('\t')[0]!)
}

/** zsh completes only where it takes keys: it gets a terminal of its own, and is read until it falls silent. */
const zshDriver = `
zmodload zsh/zpty
zpty -b shell zsh -f -i
hear() {
  local chunk; said=''
  local -i silent=0
  while (( silent < $1 )); do
    if zpty -r -t shell chunk; then said+=$chunk; silent=0; else sleep 0.03; (( silent += 1 )); fi
  done
}
zpty -w shell 'PS1= RPS1= TERM=dumb; LISTMAX=0; autoload -Uz compinit; compinit -u -D; source $2'
zpty -w shell 'print be""gin'
until [[ $said == *begin* ]]; do hear 4; done
zpty -w -n shell "$1"$'\\t'
hear 12
first=$said
# A word that is whole by now is followed by a space; another key lists what may come next.
zpty -w -n shell $'\\t'
hear 12
print -r -- $first $said
`
const askZsh: Ask = (line) => {
  const program = zshDriver.replace('$2', script('zsh'))
  const text = execFileSync('zsh', ['-f', '-c', program, 'zsh', line], { cwd: folder, encoding: 'utf8' })
  return screenOf(text).match(/[\w.=-]+/g) ?? []
}

/** What stands on the screen after all cursor movements that a dumb terminal knows. */
function screenOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that it must not be sent, and the bell
  const plain = text.replaceAll(/\u001b\[[?0-9;]*[A-Za-z]|\u0007/g, '')
  return plain
    .split('\n')
    .map((line) => {
      const cells: string[] = []
      let at = 0
      for (const character of line) {
        if (character === '\b') at = Math.max(0, at - 1)
        else if (character === '\r') at = 0
        else cells[at++] = character
      }
      return cells.join('')
    })
    .join('\n')
}

const askers: Readonly<Record<string, Ask>> = { bash: askBash, zsh: askZsh, fish: askFish }
const shells = Object.keys(askers).filter(isInstalled)

beforeAll(async () => {
  for (const shell of Object.keys(askers)) {
    const { code, out } = await command(['completion', shell])
    expect(code).toBe(0)
    writeFileSync(script(shell), out)
  }
})

describe('completion', () => {
  it.each(shells)('in %s offers commands, options and their values', { timeout: 60_000 }, (shell) => {
    const ask = askers[shell]!
    expect(ask('plimsoll re')).toContain('report')
    expect(ask('plimsoll run --arrival ')).toEqual(expect.arrayContaining(['constant', 'poisson']))
    expect(ask('plimsoll run --connect-r')).toContain('--connect-rate')
  })

  it.each(shells.filter((shell) => shell !== 'zsh'))('in %s offers what an argument can be', (shell) => {
    expect(askers[shell]!('plimsoll report --format ju')).toEqual(['junit'])
    expect(askers[shell]!('plimsoll completion fi')).toEqual(['fish'])
  })

  it.each(shells.filter((shell) => shell !== 'zsh'))('in %s knows every option of every command', (shell) => {
    const program = createProgram(silentWorld, null, [], () => {})
    expect(program.commands.length).toBeGreaterThan(5)
    for (const { name, options } of program.commands.map((one) => ({
      name: one.name(),
      options: one.options,
    }))) {
      const offered = askers[shell]!(`plimsoll ${name} --`)
      const visible = options.filter(({ hidden }) => !hidden).map(({ long }) => long)
      expect(offered).toEqual(expect.arrayContaining(visible))
      expect(offered.filter((word) => word.startsWith('--no-'))).toEqual([])
    }
  })

  it('in bash offers nothing of its own behind --, and files for an argument', () => {
    expect(askBash('plimsoll run chat.ts -- --re')).toEqual([])
    expect(askBash('plimsoll run ')).toEqual([])
    expect(
      execFileSync('bash', ['--norc', '-c', `source ${script('bash')}; complete -p plimsoll`], {
        encoding: 'utf8',
      }),
    ).toContain('-o default')
  })

  it('names the near miss of a shell', async () => {
    const { code, err } = await command(['completion', 'fihs'])
    expect(err).toContain("Did you mean 'fish'?")
    expect(code).toBe(2)
  })
})
