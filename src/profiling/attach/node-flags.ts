/** What the flags of a Node process say about its inspector. */
export interface NodeFlags {
  /** The port that SIGUSR1 opens; 0 is any free one. */
  readonly inspectPort: number
  /** It was started with an inspector (`--inspect` and its kin). */
  readonly inspects: boolean
  readonly sigusr1Disabled: boolean
  /** The permission model is on, which keeps the inspector shut. */
  readonly permission: boolean
  /** `/json/list` is switched off (`--inspect-publish-uid` without `http`): nobody can find the inspector by asking. */
  readonly hidden: boolean
}

const defaultPort = 9_229

/**
 * Reads the flags from NODE_OPTIONS and then from the arguments that stand before the script, as Node does; the last
 * of a kind holds.
 * @param args of `/proc/PID/cmdline`, the executable first. A process that renamed itself has lost them.
 * @param nodeOptions of `/proc/PID/environ`
 */
export function parseNodeFlags(args: readonly string[], nodeOptions = ''): NodeFlags {
  const flags = {
    inspectPort: defaultPort,
    inspects: false,
    sigusr1Disabled: false,
    permission: false,
    hidden: false,
  }
  for (const word of [...splitOptions(nodeOptions), ...flagWords(args)]) {
    const [name, value] = splitAt(
      word.replace(/^--\w+/, (start) => start.toLowerCase()),
      '=',
    )
    switch (name.replaceAll('_', '-')) {
      case '--inspect':
      case '--inspect-brk':
      case '--inspect-wait':
        flags.inspects = true
        flags.inspectPort = portOf(value) ?? flags.inspectPort
        break
      case '--inspect-port':
      case '--debug-port':
        flags.inspectPort = portOf(value) ?? flags.inspectPort
        break
      case '--disable-sigusr1':
        flags.sigusr1Disabled = true
        break
      case '--no-disable-sigusr1':
        flags.sigusr1Disabled = false
        break
      case '--permission':
      case '--experimental-permission':
        flags.permission = true
        break
      case '--inspect-publish-uid':
        flags.hidden = !value.split(',').includes('http')
        break
    }
  }
  return flags
}

/** The flags among the arguments: all up to the script. A value may stand behind its flag instead of after `=`. */
function flagWords(args: readonly string[]): string[] {
  const words: string[] = []
  for (let at = 1; at < args.length && args[at]!.startsWith('-') && args[at] !== '--'; at++) {
    const word = args[at]!
    const takesValue = valueFlags.has(word.replaceAll('_', '-'))
    words.push(takesValue && at + 1 < args.length ? `${word}=${args[++at]}` : word)
  }
  return words
}

/** Flags of Node whose value is the next argument; what is missing here ends the reading at its value. */
const valueFlags = new Set([
  '--inspect-port',
  '--debug-port',
  '--inspect-publish-uid',
  '--require',
  '-r',
  '--import',
  '--loader',
  '--experimental-loader',
  '--conditions',
  '-C',
  '--env-file',
  '--env-file-if-exists',
  '--title',
  '--input-type',
  '--icu-data-dir',
  '--openssl-config',
  '--diagnostic-dir',
  '--cpu-prof-dir',
  '--heapsnapshot-signal',
  '--unhandled-rejections',
  '--dns-result-order',
  '--max-http-header-size',
  '--stack-trace-limit',
  '--watch-path',
])

/** NODE_OPTIONS: words apart by spaces, double quotes around those that hold some, a backslash before a quote in them. */
function splitOptions(text: string): string[] {
  const words: string[] = []
  for (const [, quoted, plain] of text.matchAll(/"((?:\\.|[^"\\])*)"|([^\s"]+)/g))
    words.push(quoted === undefined ? plain! : quoted.replaceAll(/\\(.)/g, '$1'))
  return flagWords(['node', ...words])
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** `9230`, `HOST:9230` or `[::1]:9230`; null for a host alone. */
function portOf(value: string): number | null {
  const match = /^(?:.*:)?(\d{1,5})$/.exec(value)
  return match ? Number(match[1]) : null
}
