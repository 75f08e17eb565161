import type { Command, Option } from 'commander'
import { PlimsollError } from '../kernel/errors.js'
import { nearMiss } from '../kernel/near-miss.js'
import type { World } from '../kernel/world.js'
import type { LoadOptions } from '../run/load-options.js'
import type { ConfigFile } from './config-file.js'

const prefix = 'PLIMSOLL_'

/** Where `--config` itself comes from is settled before there is a configuration file to read. */
const notLayered = new Set(['config', 'help'])
/** What these say has no effect on what is measured, so that repeating a run does not need them. */
const beside = new Set(['json', 'quiet', 'dry', 'every', 'summaryTrend', 'export', 'out'])

export interface LayeredOptions {
  readonly options: LoadOptions
  /** Words of a command line for what came from elsewhere, so that the run can be repeated without it. */
  readonly spelled: readonly string[]
  /** One sentence for each other source; empty where all stands on the command line. */
  readonly sources: readonly string[]
}

/** `PLIMSOLL_CONNECT_RATE` for `--connect-rate`. */
export const variableOf = (option: Option): string =>
  prefix + (option.long ?? '').replace(/^--/, '').replaceAll('-', '_').toUpperCase()

/** The options that an environment variable or the configuration file can give. */
export const layeredOptions = (command: Command): Option[] =>
  command.options.filter(
    (option) => !option.hidden && !option.negate && !notLayered.has(option.attributeName()),
  )

/**
 * The options of a load command from all their sources. The command line outranks the environment, which outranks
 * the configuration file; all of them outrank the scenario.
 * @throws PlimsollError USAGE for a value that cannot be read, or a variable that is nearly one of ours
 */
export function layerOptions(command: Command, env: World['env'], config: ConfigFile | null): LayeredOptions {
  const known = layeredOptions(command)
  refuseNearMisses(env, known)
  const options: Record<string, unknown> = { ...command.opts() }
  const spelled: string[] = []
  const named = { env: [] as string[], config: [] as string[] }
  for (const option of known) {
    const name = option.attributeName()
    if (command.getOptionValueSource(name) === 'cli') continue
    const variable = env[variableOf(option)]
    // An empty variable is how many CI systems pass one that is not set.
    const value =
      variable !== undefined && variable !== '' ? readVariable(option, variable) : config?.values[name]
    if (value === undefined) continue
    options[name] = value
    named[variable !== undefined && variable !== '' ? 'env' : 'config'].push(option.long!)
    if (!beside.has(name)) spelled.push(...spell(option, value))
  }
  const sources = [
    ...(named.env.length > 0 ? [`From the environment: ${named.env.join(', ')}`] : []),
    ...(config && named.config.length > 0 ? [`From ${config.path}: ${named.config.join(', ')}`] : []),
  ]
  return { options: options as LoadOptions, spelled, sources }
}

/** Is it given several times? */
export const isRepeatable = (option: Option): boolean => option.parseArg !== undefined

/** Several values stand on lines of their own: neither objectives nor headers hold a line break. */
function readVariable(option: Option, text: string): string | string[] | boolean {
  if (option.isBoolean()) return readSwitch(option, text)
  if (!isRepeatable(option)) return text
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function readSwitch(option: Option, text: string): boolean {
  const word = text.toLowerCase()
  if (['1', 'true', 'yes', 'on'].includes(word)) return true
  if (['0', 'false', 'no', 'off'].includes(word)) return false
  throw new PlimsollError('USAGE', `${variableOf(option)} is a switch, and does not take '${text}'.`, {
    hint: 'Set it to 1 or 0.',
  })
}

function spell(option: Option, value: unknown): string[] {
  const flag = option.long!
  if (typeof value === 'boolean') return [value ? flag : flag.replace(/^--/, '--no-')]
  return (Array.isArray(value) ? value : [value]).flatMap((one) => [flag, String(one)])
}

/** A mistyped variable would be passed over in silence. One that is like none of ours belongs to somebody else. */
function refuseNearMisses(env: World['env'], known: readonly Option[]): void {
  const names = [...known.map(variableOf), `${prefix}CONFIG`].map((name) => name.slice(prefix.length))
  for (const variable of Object.keys(env)) {
    const name = variable.slice(prefix.length)
    if (!variable.startsWith(prefix) || names.includes(name)) continue
    const near = nearMiss(name, names)
    if (near === null) continue
    throw new PlimsollError('USAGE', `The environment variable ${variable} is no option.`, {
      hint: `Did you mean ${prefix}${near}?`,
    })
  }
}
