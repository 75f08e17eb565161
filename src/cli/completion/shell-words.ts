import type { Command, Option } from 'commander'
import { HintedArgument, HintedOption, type ValueHint } from '../hinted-option.js'

/** An option as shells complete it. */
export interface CompletedOption {
  readonly long: string
  readonly short: string | null
  readonly description: string
  readonly takesValue: boolean
  readonly repeatable: boolean
  readonly hint: ValueHint | null
}

export interface CompletedCommand {
  readonly name: string
  readonly description: string
  readonly options: readonly CompletedOption[]
  /** What its first argument can be; null for a command without any. */
  readonly argument: ValueHint | null
}

/** The commands of a program with all that can be completed in them, read from its own definitions. */
export function completedCommands(program: Command): CompletedCommand[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command
      .createHelp()
      .visibleOptions(command)
      .filter((option) => option.long != null)
      .map(completedOption),
    argument: hintOfArgument(command),
  }))
}

function completedOption(option: Option): CompletedOption {
  return {
    long: option.long!,
    short: option.short ?? null,
    description: option.description,
    takesValue: option.required || option.optional,
    repeatable: option.parseArg !== undefined,
    hint: option instanceof HintedOption ? option.hint : null,
  }
}

function hintOfArgument(command: Command): ValueHint | null {
  const argument = command.registeredArguments[0]
  if (argument === undefined) return null
  return argument instanceof HintedArgument ? argument.hint : 'file'
}

/** A word within single quotes, as all three shells read it but for `'` itself. */
export const singleQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
