import type { ValueHint } from '../hinted-option.js'
import { type CompletedCommand, type CompletedOption, singleQuoted } from './shell-words.js'

/** The completion script for zsh: to be sourced after \`compinit\`, or kept as \`_plimsoll\` in a folder of \`fpath\`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef plimsoll
# Completion of plimsoll for zsh:  source <(plimsoll completion zsh)
_plimsoll() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '--help[show the help]' '--version[show the version]' '1: :_plimsoll_commands' '*:: :->rest'
  [[ $state == rest ]] || return
  case $line[1] in
    help) _plimsoll_commands ;;
${commands.map(caseOf).join('\n')}
  esac
}
_plimsoll_commands() {
  local -a commands=(
${commands.map(({ name, description }) => `    ${singleQuoted(`${name}:${description}`)}`).join('\n')}
    'help:show the help of a command'
  )
  _describe -t commands 'command' commands
}
if [[ $funcstack[1] == _plimsoll ]]; then
  _plimsoll "$@"
else
  compdef _plimsoll plimsoll
fi
`
}

function caseOf({ name, options, argument }: CompletedCommand): string {
  const specs = options.flatMap(specsOf)
  if (argument !== null) specs.push(`1: :${actionOf(argument)}`)
  return `    ${name}) _arguments -s \\\n${specs.map((spec) => `      ${singleQuoted(spec)}`).join(' \\\n')} ;;`
}

/** One for each spelling. Of an option that is given once, one spelling rules the others out. */
function specsOf({ long, short, description, takesValue, repeatable, hint }: CompletedOption): string[] {
  const spellings = short === null ? [long] : [short, long]
  const text = description.replaceAll(/[[\]\\]/g, '\\$&').replaceAll(':', '\\:')
  const value = takesValue ? `: :${hint === null ? ' ' : actionOf(hint)}` : ''
  const lead = repeatable ? '*' : `(${spellings.join(' ')})`
  return spellings.map((spelling) => `${lead}${spelling}[${text}]${value}`)
}

function actionOf(hint: ValueHint): string {
  if (hint === 'file') return '_files'
  if (hint === 'folder') return '_files -/'
  return `(${hint.map((word) => word.replaceAll(/[:\s]/g, '\\$&')).join(' ')})`
}
