import { Argument, Option } from 'commander'

/** What a value can be: some words, or the name of a file or folder. Shells complete it. */
export type ValueHint = readonly string[] | 'file' | 'folder'

/** An option that knows what its value can be. */
export class HintedOption extends Option {
  readonly hint: ValueHint | null

  /** @param hint what the placeholder `<file>` or `<folder>` does not say */
  constructor(flags: string, description: string, hint: ValueHint | null = null) {
    super(flags, description)
    const placeholder = /<(file|folder)>/.exec(flags)?.[1] as 'file' | 'folder' | undefined
    this.hint = hint ?? placeholder ?? null
  }
}

/** An argument that knows what it can be. */
export class HintedArgument extends Argument {
  readonly hint: ValueHint

  constructor(name: string, description: string, hint: ValueHint) {
    super(name, description)
    this.hint = hint
  }
}
