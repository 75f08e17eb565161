import type { Command } from 'commander'
import { ExitCode, PlimsollError } from '../../kernel/errors.js'
import { nearMiss } from '../../kernel/near-miss.js'
import type { World } from '../../kernel/world.js'
import { bashCompletion } from '../completion/bash.js'
import { fishCompletion } from '../completion/fish.js'
import { completedCommands } from '../completion/shell-words.js'
import { zshCompletion } from '../completion/zsh.js'
import { type Shell, shells } from '../shells.js'

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

/** `plimsoll completion`: the script that makes a shell complete this program's commands and options. */
export function completion(shell: string, program: Command, world: World): ExitCode {
  if (!isShell(shell)) {
    const near = nearMiss(shell, shells)
    throw new PlimsollError('USAGE', `There is no completion for '${shell}'.`, {
      hint: `${near ? `Did you mean '${near}'? ` : ''}It is one of ${shells.join(', ')}.`,
    })
  }
  world.stdout.write(scripts[shell](completedCommands(program)))
  return ExitCode.ok
}

const isShell = (text: string): text is Shell => (shells as readonly string[]).includes(text)
