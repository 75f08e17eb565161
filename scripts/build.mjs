// Builds dist/: the compiled program, the labs, and the report page's one script and one stylesheet.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const pageDirectory = join(root, 'src/report/html/page')

function compileProgram() {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json'], {
    cwd: root,
    stdio: 'inherit',
  })
}

async function bundlePage() {
  const entry = join(pageDirectory, 'main.ts')
  if (!existsSync(entry)) return
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    loader: { '.css': 'css' },
    outdir: 'page',
    write: false,
  })
  const out = join(root, 'dist/src/report/html')
  mkdirSync(out, { recursive: true })
  for (const file of result.outputFiles) {
    writeFileSync(join(out, file.path.endsWith('.css') ? 'page.css' : 'page.js.txt'), file.contents)
  }
}

compileProgram()
await bundlePage()
