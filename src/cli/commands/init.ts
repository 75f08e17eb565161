import { writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { ExitCode, PlimsollError } from '../../kernel/errors.js'
import { nearMiss } from '../../kernel/near-miss.js'
import type { World } from '../../kernel/world.js'
import { repeatCommand } from '../repeat-command.js'
import { type TemplateName, templateNames } from '../template-names.js'
import { templates } from '../templates/templates.js'

const labs = fileURLToPath(new URL('../../../labs/', import.meta.url))

export interface InitOptions {
  readonly template?: string
  readonly force?: boolean
}

/** `plimsoll init`: writes a scenario to begin with, and says how to run it. */
export async function init(file: string | undefined, options: InitOptions, world: World): Promise<ExitCode> {
  if (file !== undefined && !/\.m?ts$/.test(file)) {
    throw new PlimsollError('USAGE', `'${file}' is no name for a scenario in TypeScript.`, {
      hint: 'Let it end in .ts.',
    })
  }
  const name = options.template === undefined ? await askForTemplate(world) : readTemplate(options.template)
  const path = file ?? `${name}.ts`
  await write(path, templates[name].text, options.force ?? false, world.cwd)
  world.stdout.write(nextSteps(name, path, world.cwd))
  return ExitCode.ok
}

async function write(path: string, text: string, force: boolean, folder: string): Promise<void> {
  await writeFile(resolve(folder, path), text, { flag: force ? 'w' : 'wx' }).catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new PlimsollError('FILE_EXISTS', `${path} is there already.`, { cause })
    throw new PlimsollError('OUTPUT_UNWRITABLE', `${path} cannot be written: ${message}`, {
      hint: 'Name a file in a folder that exists and can be written.',
      cause,
    })
  })
}

function readTemplate(text: string): TemplateName {
  const found = templateNames.find((name) => name === text)
  if (found) return found
  const near = nearMiss(text, templateNames)
  throw new PlimsollError('USAGE', `There is no template '${text}'.`, {
    hint: `${near ? `Did you mean '${near}'? ` : ''}It is one of ${templateNames.join(', ')}.`,
  })
}

/** Asks where somebody can answer; elsewhere it is the chat. */
async function askForTemplate(world: World): Promise<TemplateName> {
  if (!world.stdout.isTTY || !process.stdin.isTTY) return 'chat'
  const choices = templateNames.map(
    (name, at) => `  ${at + 1}  ${name.padEnd(5)} ${templates[name].description}\n`,
  )
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await terminal.question(`What is it to load?\n${choices.join('')}Number or name [1]: `)
    const text = answer.trim()
    return text === '' ? 'chat' : (templateNames[Number(text) - 1] ?? readTemplate(text))
  } finally {
    terminal.close()
  }
}

function nextSteps(name: TemplateName, path: string, folder: string): string {
  const [program, ...options] = templates[name].lab
  const within = relative(folder, resolve(labs, program))
  const lab = within.startsWith('..') ? resolve(labs, program) : within
  const target = ['node', lab, '--port', '8080', ...options]
  return [
    `Wrote ${path}: ${templates[name].description}.`,
    '',
    'See what it would send:',
    `  ${repeatCommand(['run', path, '--dry'])}`,
    'Run it on a small service that comes with Plimsoll:',
    `  ${repeatCommand(['run', path, '--', ...target])}`,
    'Then let `target` name your own service.',
    '',
  ].join('\n')
}
