import type { ValueHint } from '../hinted-option.js'
import type { CompletedCommand, CompletedOption } from './shell-words.js'

/**
 * The completion script for bash 3.2 and later. What it leaves open, such as the value of an option that can be
 * anything, is completed with file names.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of plimsoll for bash:  source <(plimsoll completion bash)
_plimsoll() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command='' word index
  COMPREPLY=()
  for (( index = 1; index < COMP_CWORD; index++ )); do
    word="\${COMP_WORDS[index]}"
    # Behind -- stands the command of the target.
    [[ $word == -- ]] && return
    [[ -z $command && $word != -* ]] && command="$word"
  done
  case "$command" in
    '') _plimsoll_words '${[...commands.map(({ name }) => name), 'help', '--help', '--version'].join(' ')}' ;;
    help) _plimsoll_words '${commands.map(({ name }) => name).join(' ')}' ;;
${commands.map(caseOf).join('\n')}
  esac
}
_plimsoll_words() {
  local IFS=$' \\t\\n'
  COMPREPLY=( $(compgen -W "$1" -- "$current") )
  # A word that ends in = goes on.
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}
_plimsoll_folders() {
  local IFS=$'\\n'
  COMPREPLY=( $(compgen -d -- "$current") )
}
complete -o default -F _plimsoll plimsoll
`
}

function caseOf({ name, options, argument }: CompletedCommand): string {
  const flags = options.flatMap(spellings)
  const rest = argument === null || typeof argument === 'string' ? '' : argument.join(' ')
  const offer = rest === '' ? '' : `; else _plimsoll_words '${rest}'`
  return `    ${name})
      case "$previous" in
${valueCases(options).join('\n')}
        *) if [[ $current == -* ]]; then _plimsoll_words '${flags.join(' ')}'${offer}; fi ;;
      esac ;;`
}

const spellings = ({ long, short }: CompletedOption): string[] => (short === null ? [long] : [long, short])

/** A line for each way to complete a value, with all options that share it. */
function valueCases(options: readonly CompletedOption[]): string[] {
  const byWay = new Map<string, string[]>()
  for (const option of options) {
    if (!option.takesValue) continue
    const way = valueWords(option.hint)
    byWay.set(way, [...(byWay.get(way) ?? []), ...spellings(option)])
  }
  return [...byWay].map(([way, flags]) => `        ${flags.join('|')}) ${way} ;;`)
}

/** Nothing means file names. */
function valueWords(hint: ValueHint | null): string {
  if (hint === 'folder') return '_plimsoll_folders'
  if (hint === null || hint === 'file') return 'return'
  return `_plimsoll_words '${hint.join(' ')}'`
}
