import type { CompletedCommand, CompletedOption } from './shell-words.js'

/** The completion script for fish. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ')
  return `# Completion of plimsoll for fish:  plimsoll completion fish | source
function __plimsoll_no_command
    not __fish_seen_subcommand_from ${names} help
end
complete -c plimsoll -f
complete -c plimsoll -n __plimsoll_no_command -l help -d 'show the help'
complete -c plimsoll -n __plimsoll_no_command -l version -d 'show the version'
complete -c plimsoll -n __plimsoll_no_command -a help -d 'show the help of a command'
complete -c plimsoll -n '__fish_seen_subcommand_from help' -a ${quoted(names)}
${commands.flatMap(linesOf).join('\n')}
`
}

function linesOf({ name, description, options, argument }: CompletedCommand): string[] {
  const here = `complete -c plimsoll -n '__fish_seen_subcommand_from ${name}'`
  const words = argument === null || typeof argument === 'string' ? null : argument.join(' ')
  return [
    `complete -c plimsoll -n __plimsoll_no_command -a ${name} -d ${quoted(description)}`,
    ...(typeof argument === 'string' ? [`${here} -F`] : []),
    ...(words === null ? [] : [`${here} -a ${quoted(words)}`]),
    ...options.map((option) => `${here} ${optionWords(option)}`),
  ]
}

function optionWords({ long, short, description, takesValue, hint }: CompletedOption): string {
  const names = `-l ${long.replace(/^--/, '')}${short === null ? '' : ` -s ${short.slice(1)}`}`
  return `${names}${takesValue ? valueWords(hint) : ''} -d ${quoted(description)}`
}

function valueWords(hint: CompletedOption['hint']): string {
  if (hint === null) return ' -x'
  if (hint === 'file') return ' -r -F'
  if (hint === 'folder') return " -x -a '(__fish_complete_directories)'"
  return ` -x -a ${quoted(hint.join(' '))}`
}

/** fish knows two escapes within single quotes: of the quote and of the backslash. */
const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
