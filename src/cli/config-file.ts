import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Option } from 'commander'
import { PlimsollError } from '../kernel/errors.js'
import { nearMiss } from '../kernel/near-miss.js'
import { isRepeatable } from './option-sources.js'

/** Read without being asked for where the command is given. */
export const configFileName = 'plimsoll.config.json'

export interface ConfigFile {
  /** As a user would name it. */
  readonly path: string
  /** By attribute, such as `connectRate`; each as the command line would give it. */
  readonly values: Readonly<Record<string, string | readonly string[] | boolean>>
}

/**
 * Reads the options of a configuration file: a JSON object whose fields are those of the load commands
 * (`connectRate` or `connect-rate`).
 * @param path as given by `--config`, or null for the one in `folder`, if there is one
 * @throws PlimsollError CONFIG_INVALID
 */
export function readConfigFile(
  path: string | null,
  folder: string,
  options: readonly Option[],
): ConfigFile | null {
  const shown = path ?? configFileName
  let text: string
  try {
    text = readFileSync(resolve(folder, shown), 'utf8')
  } catch (cause) {
    if (path === null && (cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw invalid(`Cannot read the configuration ${shown}: ${(cause as Error).message}`, cause)
  }
  return { path: shown, values: readValues(parse(text, shown), shown, options) }
}

function parse(text: string, shown: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalid(`${shown} is not JSON: ${(cause as Error).message}`, cause)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid(`${shown} holds no object.`)
}

function readValues(fields: object, shown: string, options: readonly Option[]): ConfigFile['values'] {
  const values: Record<string, string | readonly string[] | boolean> = {}
  const names = options.map((option) => option.attributeName())
  for (const [field, value] of Object.entries(fields)) {
    const name = field.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const option = options.find((one) => one.attributeName() === name)
    if (!option) {
      const near = nearMiss(name, names)
      throw invalid(`${shown}: ${field}: unknown option${near === null ? '.' : `; did you mean '${near}'?`}`)
    }
    const read = readValue(option, value)
    if (read === null) {
      throw invalid(`${shown}: ${field}: expected ${expected(option)}, not ${JSON.stringify(value)}.`)
    }
    values[name] = read
  }
  return values
}

const isText = (value: unknown): value is string | number =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))

function readValue(option: Option, value: unknown): string | string[] | boolean | null {
  if (option.isBoolean()) return typeof value === 'boolean' ? value : null
  if (!isRepeatable(option)) return isText(value) ? String(value) : null
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.every(isText) ? list.map(String) : null
}

const expected = (option: Option): string =>
  option.isBoolean()
    ? 'true or false'
    : isRepeatable(option)
      ? 'a text or a list of texts'
      : 'a text or a number'

const invalid = (message: string, cause?: unknown): PlimsollError =>
  new PlimsollError('CONFIG_INVALID', message, { cause })
