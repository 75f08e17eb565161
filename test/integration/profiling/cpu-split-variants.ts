import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, transform } from 'esbuild'
import ts from 'typescript'

/** The program of a lab, made in one way. */
export interface Variant {
  /** What Node is started with, the program last. */
  readonly args: readonly string[]
  /** What the report is to name as the file of the functions. */
  readonly file: string
  /** The text of that file. */
  readonly text: string
}

/** The ways in which services are compiled, from one TypeScript source. */
export const variantNames = [
  'plain ESM',
  'plain CommonJS',
  'compiled by tsc, ESM with a map beside it',
  'compiled by tsc, CommonJS with an inline map',
  'bundled by esbuild with a map',
  'bundled and minified by esbuild with a map',
  'run by a loader that minifies white space and maps inline',
] as const
export type VariantName = (typeof variantNames)[number]

/** @param source the path of the TypeScript file, which stays where it is */
export async function makeVariant(
  name: VariantName,
  source: string,
  text: string,
  folder: string,
): Promise<Variant> {
  const index = variantNames.indexOf(name)
  const path = (extension: string): string => join(folder, `variant-${index}.${extension}`)
  const mapped = (...args: readonly string[]): Variant => ({ args, file: source, text })
  switch (name) {
    case 'plain ESM':
    case 'plain CommonJS': {
      const isEsm = name === 'plain ESM'
      const { code } = await transform(text, { loader: 'ts', format: isEsm ? 'esm' : 'cjs' })
      const file = path(isEsm ? 'mjs' : 'cjs')
      await writeFile(file, code)
      return { args: [file], file, text: code }
    }
    case 'compiled by tsc, ESM with a map beside it':
    case 'compiled by tsc, CommonJS with an inline map': {
      const isEsm = name === 'compiled by tsc, ESM with a map beside it'
      const file = path(isEsm ? 'mjs' : 'cjs')
      await writeFile(file, compile(source, text, file, isEsm))
      return mapped(file)
    }
    case 'bundled by esbuild with a map':
    case 'bundled and minified by esbuild with a map': {
      const minify = name !== 'bundled by esbuild with a map'
      const file = path(minify ? 'cjs' : 'mjs')
      const format = minify ? 'cjs' : 'esm'
      await build({
        entryPoints: [source],
        outfile: file,
        bundle: true,
        platform: 'node',
        format,
        minify,
        sourcemap: true,
        logLevel: 'error',
      })
      return mapped(file)
    }
    case 'run by a loader that minifies white space and maps inline': {
      await writeFile(path('hooks.mjs'), loaderHooks)
      await writeFile(path('loader.mjs'), loaderOf(path('hooks.mjs')))
      return mapped('--import', path('loader.mjs'), source)
    }
  }
}

/** With the map, which is written beside the script where it is not inline. */
function compile(source: string, text: string, file: string, isEsm: boolean): string {
  const { outputText, sourceMapText } = ts.transpileModule(text, {
    fileName: source,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: isEsm ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS,
      ...(isEsm ? { sourceMap: true } : { inlineSourceMap: true, inlineSources: true }),
      ...(isEsm ? { inlineSources: true } : {}),
    },
  })
  if (sourceMapText === undefined) return rebased(outputText, source)
  ts.sys.writeFile(`${file}.map`, withSource(sourceMapText, source))
  return outputText.replace(/sourceMappingURL=.*/, `sourceMappingURL=${file.split('/').at(-1)}.map`)
}

/** `transpileModule` names the source without its folder. */
const withSource = (map: string, source: string): string =>
  JSON.stringify({ ...(JSON.parse(map) as object), sources: [source] })

const rebased = (code: string, source: string): string =>
  code.replace(/(base64,)(.*)/, (_, head: string, data: string) => {
    const map = withSource(Buffer.from(data, 'base64').toString(), source)
    return head + Buffer.from(map).toString('base64')
  })

/** What tsx and its like do. */
const esbuildUrl = import.meta.resolve('esbuild')
const loaderHooks = `
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from ${JSON.stringify(esbuildUrl)}
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const { code } = await transform(await readFile(fileURLToPath(url), 'utf8'), {
    loader: 'ts', format: 'esm', sourcemap: 'inline', sourcefile: url, minifyWhitespace: true, keepNames: true,
  })
  return { format: 'module', source: code, shortCircuit: true }
}
`
const loaderOf = (hooks: string): string =>
  `import { register } from 'node:module'\nregister(${JSON.stringify(`file://${hooks}`)})\n`
