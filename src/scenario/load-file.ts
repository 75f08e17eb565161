import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Plugin } from 'esbuild'
import { PlimsollError } from '../kernel/errors.js'
import type { Scenario } from './scenario.js'
import { validateScenario } from './validate.js'

/** A scenario file compiled to one module that every worker process can import. */
export interface CompiledScenario {
  readonly scenario: Scenario
  /** Absolute path of the compiled module. */
  readonly modulePath: string
}

const ownEntry = pathToFileURL(fileURLToPath(new URL('../index.js', import.meta.url))).href

/**
 * Resolves `plimsoll` to this very package, wherever the scenario lies, and leaves other packages unbundled, by
 * absolute URL, so that the compiled module may lie in another folder than its source.
 */
const externalPackages: Plugin = {
  name: 'external-packages',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async (args) => {
      if (args.kind === 'entry-point' || args.pluginData === 'resolving') return undefined
      if (args.path === 'plimsoll') return { path: ownEntry, external: true }
      if (args.path.startsWith('node:')) return { path: args.path, external: true }
      const { kind, resolveDir, importer } = args
      const found = await build.resolve(args.path, { kind, resolveDir, importer, pluginData: 'resolving' })
      if (found.errors.length > 0) return { errors: found.errors }
      return { path: found.path === args.path ? args.path : pathToFileURL(found.path).href, external: true }
    })
  },
}

const sourceFile = /\.[cm]?[jt]sx?$/

/**
 * Keeps `import.meta.url` and its like what they are in the source, though the compiled module lies elsewhere: a
 * scenario may name a file beside it. What is put in front stands on the first line, so that lines stay what they are.
 */
const sourcePlaces: Plugin = {
  name: 'source-places',
  setup(build) {
    build.onLoad({ filter: sourceFile }, async ({ path }) => {
      const source = (await readFile(path, 'utf8')).replace(/^#!.*/, '')
      if (!source.includes('import.meta')) return undefined
      const places = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) }
      const loader = path.endsWith('x') ? 'tsx' : /ts$/.test(path) ? 'ts' : 'js'
      return { contents: `const plimsollSource = ${JSON.stringify(places)};${source}`, loader }
    })
  },
}

/**
 * Compiles and imports a scenario (`.ts`, `.js`, `.mjs`, `.mts`) and validates its default export.
 * @throws PlimsollError SCENARIO_UNREADABLE, SCENARIO_INVALID
 */
export async function loadScenarioFile(path: string): Promise<CompiledScenario> {
  const source = resolve(path)
  await readFile(source).catch((cause: unknown) => {
    throw new PlimsollError(
      'SCENARIO_UNREADABLE',
      `Cannot read the scenario ${path}: ${(cause as Error).message}`,
      {
        hint: 'Name a scenario file, or a URL such as ws://127.0.0.1:8080.',
        cause,
      },
    )
  })
  const modulePath = await compile(source, path)
  const module = (await import(pathToFileURL(modulePath).href).catch((cause: unknown) => {
    if (cause instanceof PlimsollError) throw cause
    throw new PlimsollError(
      'SCENARIO_UNREADABLE',
      `${path} throws as it is loaded: ${(cause as Error).message}`,
      { cause },
    )
  })) as { default?: unknown }
  if (module.default === undefined) {
    throw new PlimsollError('SCENARIO_UNREADABLE', `${path} has no default export.`)
  }
  const scenario = validateScenario(module.default, path)
  return { scenario: { name: basename(path, extname(path)), ...scenario }, modulePath }
}

async function compile(source: string, shown: string): Promise<string> {
  const { build } = await import('esbuild')
  const result = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'silent',
    define: {
      'import.meta.url': 'plimsollSource.url',
      'import.meta.filename': 'plimsollSource.filename',
      'import.meta.dirname': 'plimsollSource.dirname',
    },
    plugins: [externalPackages, sourcePlaces],
  }).catch(
    (cause: { errors?: Array<{ text: string; location?: { line: number; column: number } | null }> }) => {
      const first = cause.errors?.[0]
      const where = first?.location ? `:${first.location.line}:${first.location.column + 1}` : ''
      throw new PlimsollError('SCENARIO_UNREADABLE', `${shown}${where}: ${first?.text ?? String(cause)}`, {
        cause,
      })
    },
  )
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-scenario-'))
  const modulePath = join(folder, `${basename(source, extname(source))}.mjs`)
  await writeFile(modulePath, result.outputFiles[0]!.contents)
  return modulePath
}
