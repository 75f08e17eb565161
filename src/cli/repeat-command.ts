/** The command line as a POSIX shell would need it typed. */
export function repeatCommand(argv: readonly string[]): string {
  return ['plimsoll', ...argv.map(quoteForShell)].join(' ')
}

function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
