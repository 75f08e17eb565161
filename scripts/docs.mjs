// Writes docs/reference/ and schema/ from the compiled code, so that they cannot say anything else than the program.
// `node scripts/docs.mjs` writes; with `--check` it writes nothing and ends with 1 if a file is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createProgram } from '../dist/src/cli/command-line.js'
import { configFileName } from '../dist/src/cli/config-file.js'
import { layeredOptions, variableOf } from '../dist/src/cli/option-sources.js'
import { ExitCode, errorCatalogue } from '../dist/src/kernel/errors.js'
import { createWorld } from '../dist/src/kernel/world.js'
import * as profile from '../dist/src/report/profile-schema.js'
import * as run from '../dist/src/report/run-json.js'
import * as target from '../dist/src/report/target-schema.js'
import { fieldNotes } from './run-json-notes.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const generated = (title, source) =>
  `<!-- Written by \`npm run docs\` from ${source}. Do not edit it here. -->\n# ${title}\n\n`

/** A cell of a table: what Markdown would take for markup is escaped. */
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
const code = (text) => `\`${text.replaceAll('|', '\\|')}\``

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}

// The command line

function cliPage() {
  const program = createProgram(createWorld(), null, [], () => {})
  const sections = program.commands.map((command) => commandSection(command))
  return (
    generated('The command line', '`src/cli/command-line.ts`') +
    'Times are written like `500ms`, `30s` or `1m30s`, rates like `2000/s` or `5k/s`. Progress and complaints go to ' +
    'standard error, results to standard output. Exit codes stand in [errors.md](errors.md).\n\n' +
    optionSources(program) +
    sections.join('\n')
  )
}

function optionSources(program) {
  const run = program.commands.find((command) => command.name() === 'run')
  const variables = layeredOptions(run).map((option) => [code(option.long), code(variableOf(option))])
  return (
    '## Where options come from\n\n' +
    'The options of `run` come, in this order, from\n\n' +
    '1. the command line,\n' +
    '2. environment variables, as below; an empty one counts as not set, a switch is `1` or `0`, several values stand on ' +
    'lines of their own,\n' +
    `3. a configuration file: the one of \`--config\` or \`PLIMSOLL_CONFIG\`, else \`${configFileName}\` in the folder where the ` +
    'command is given, a JSON object such as `{"rate": "500/s", "slo": ["p99 < 50ms"], "explore": false}`,\n' +
    '4. the scenario,\n' +
    '5. the default.\n\n' +
    'A switch is taken back by `--no-` and its name, such as `--no-explore`. A variable that is nearly one of these is an ' +
    'error, and so is an unknown field of the file. What came from elsewhere than the command line is said, and stands in ' +
    'the `command` of `run.json`, so that it repeats the run.\n\n' +
    `${table(['Option', 'Variable'], variables)}\n`
  )
}

function commandSection(command) {
  const args = command.registeredArguments.map((argument) => [
    code(argument.required ? `<${argument.name()}>` : `[${argument.name()}]`),
    cell(argument.description),
  ])
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map((option) => [code(option.flags), cell(describeOption(option))])
  const usage = `plimsoll ${command.name()} ${command.usage()}`
  return [
    `## plimsoll ${command.name()}\n`,
    `${capital(command.description())}.\n`,
    `\`\`\`\n${usage}\n\`\`\`\n`,
    ...(args.length > 0 ? [table(['Argument', 'Meaning'], args)] : []),
    ...(options.length > 0 ? [table(['Option', 'Meaning'], options)] : []),
    `\`\`\`sh\n${examplesOf(command).join('\n')}\n\`\`\`\n`,
  ].join('\n')
}

function describeOption({ description, defaultValue }) {
  return defaultValue === undefined ? description : `${description} (default ${defaultValue})`
}

/** The lines below "Example:" or "Examples:" at the end of a command's help. */
function examplesOf(command) {
  let help = ''
  command.configureOutput({
    writeOut: (text) => {
      help += text
    },
    getOutHasColors: () => false,
  })
  command.outputHelp()
  const lines = help.split(/\nExamples?:\n/)[1]
  if (lines === undefined) throw new Error(`plimsoll ${command.name()} has no example in its help`)
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1)

// Errors and exit codes

const exitMeanings = {
  ok: 'Objectives met; or `--explore`, with a valid measurement. A suspect measurement alone changes no exit code.',
  missed: 'An objective was missed.',
  usage: 'Wrong usage, or a scenario that cannot be read. Nothing was measured.',
  unreachable: 'The target was never reached, or its process ended.',
  invalid: 'The measurement is invalid or inconclusive. From `doctor`: something would stop a test.',
  bug: 'A bug of Plimsoll’s own.',
  interrupted: 'Interrupted by Ctrl-C or SIGTERM. What was measured is saved and reported.',
}

function errorsPage() {
  const exits = Object.entries(ExitCode).map(([name, exit]) => {
    if (!exitMeanings[name]) throw new Error(`The exit code ${name} has no meaning in scripts/docs.mjs`)
    return [code(String(exit)), exitMeanings[name]]
  })
  const errors = Object.entries(errorCatalogue).map(([name, { exit, hint }]) => [
    code(name),
    code(String(exit)),
    cell(hint),
  ])
  return (
    generated('Errors and exit codes', '`src/kernel/errors.ts`') +
    `## Exit codes\n\n${table(['Code', 'Meaning'], exits)}\n` +
    'An interruption outranks a target that is gone, and that outranks the verdict.\n\n' +
    '## Errors\n\n' +
    'An error that keeps a run from starting is printed with a hint. This is the hint where nothing more exact is known. ' +
    'What goes wrong *during* a run is counted instead: see [error-kinds.md](error-kinds.md).\n\n' +
    table(['Error', 'Exit code', 'Hint'], errors)
  )
}

// run.json

const definitions = {
  Metric: run.metricSchema,
  Objective: run.objectiveSchema,
  Reason: run.reasonSchema,
  Worker: run.workerSchema,
  Target: target.targetSchema,
  HotFunction: profile.hotFunctionSchema,
  Profile: profile.profileSchema,
  Finding: run.findingSchema,
}

function runSchemaDocument() {
  for (const [id, schema] of Object.entries(definitions)) z.globalRegistry.add(schema, { id })
  const { $schema, ...schema } = z.toJSONSchema(run.runSchema)
  const notes = new Map(Object.entries(fieldNotes))
  describeFields(schema, '', notes)
  for (const [name, definition] of Object.entries(schema.$defs)) {
    delete definition.id
    describeFields(definition, name, notes)
  }
  const unused = [...notes.keys()]
  if (unused.length > 0)
    throw new Error(`scripts/run-json-notes.mjs describes fields that do not exist: ${unused.join(', ')}`)
  return {
    $schema,
    $id: 'urn:plimsoll:run:1',
    title: 'plimsoll.run/1',
    description:
      'A finished or interrupted run of Plimsoll. Times are in ms, rates a second, sizes in bytes, shares between 0 and 1. Readers accept fields that they do not know.',
    ...schema,
  }
}

/** Fills in the notes of fields that have no description in the code, and insists that each then has one. */
function describeFields(schema, path, notes) {
  dropLimitsOfIntegers(schema)
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const full = path === '' ? name : `${path}.${name}`
    const note = notes.get(full)
    if (note !== undefined && field.description !== undefined) throw new Error(`${full} is described twice`)
    if (note !== undefined) field.description = note
    if (field.description === undefined)
      throw new Error(`${full} needs a description in scripts/run-json-notes.mjs`)
    notes.delete(full)
    for (const part of [field, ...(field.anyOf ?? [])]) describeFields(part, full, notes)
    describeFields(field.additionalProperties ?? {}, `${full}.NAME`, notes)
  }
}

/** zod writes the range of safe integers at each integer; it says nothing to a reader. */
function dropLimitsOfIntegers(schema) {
  if (schema === null || typeof schema !== 'object') return
  if (schema.type === 'integer') {
    if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
    if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  }
  for (const child of Object.values(schema)) dropLimitsOfIntegers(child)
}

function runJsonPage(schema) {
  const sections = Object.entries(schema.$defs).map(
    ([name, definition]) => `## ${name}\n\n${table(['Field', 'Type', 'Meaning'], fieldRows(definition, ''))}`,
  )
  return (
    generated('run.json', '`src/report/run-json.ts`') +
    'The result of a run for scripts, `plimsoll.run/1`. Times are in ms, rates a second, sizes in bytes (MB = 10^6 bytes), ' +
    'shares between 0 and 1. Fields may be added: readers accept those that they do not know. ' +
    'The same as a JSON Schema: [schema/run-1.json](../../schema/run-1.json), in the package as `plimsoll/schema/run-1.json`.\n\n' +
    `${table(['Field', 'Type', 'Meaning'], fieldRows(schema, ''))}\n${sections.join('\n')}`
  )
}

function fieldRows(schema, path) {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const full = `${path}${name.includes('.') ? `"${name}"` : name}`
    const optional = schema.required?.includes(name) ? '' : ' (optional)'
    const inner = field.additionalProperties ?? {}
    return [
      [code(full), `${typeOf(field)}${optional}`, cell(field.description)],
      ...[field, ...(field.anyOf ?? [])].flatMap((part) => fieldRows(part, `${full}.`)),
      ...fieldRows(inner, `${full}.NAME.`),
    ]
  })
}

function typeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1)
    return `[${name}](#${name.toLowerCase()})`
  }
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.enum) return schema.enum.map((value) => code(value)).join(', ')
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(', ')}]`
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`
  if (schema.propertyNames) return `by name: ${typeOf(schema.additionalProperties)}`
  if (Array.isArray(schema.type)) return schema.type.join(' or ')
  return schema.type ?? 'any'
}

// Writing and checking

const schema = runSchemaDocument()
const files = {
  'docs/reference/cli.md': cliPage(),
  'docs/reference/errors.md': errorsPage(),
  'docs/reference/run-json.md': runJsonPage(schema),
  'schema/run-1.json': `${JSON.stringify(schema, null, 2)}\n`,
}

if (process.argv.includes('--check')) {
  const stale = Object.keys(files).filter((path) => {
    const file = join(root, path)
    return !existsSync(file) || readFileSync(file, 'utf8') !== files[path]
  })
  for (const path of stale) process.stderr.write(`${path} is out of date: run \`npm run docs\`\n`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
}
