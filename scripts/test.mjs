// The whole test command: build, lint, types, then every test in one run of vitest. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureTools } from './ensure-tools.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = (name) => join(root, 'node_modules/.bin', name)

/** Runs one command and prints what it says, when it has ended where others run beside it; returns whether it went well. */
function step(title, command, args, beside = false) {
  const head = `\n— ${title}\n`
  if (!beside) process.stdout.write(head)
  const child = spawn(command, args, { cwd: root, stdio: beside ? ['ignore', 'pipe', 'pipe'] : 'inherit' })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (beside) process.stdout.write(head + said)
      resolve(code === 0)
    })
  })
}

/** What a second try alone lets pass is no failure, but somebody should look at what comes back. */
function nameSecondTries(files) {
  const again = files.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
      .map(({ fullName, failureMessages }) => {
        const reason = failureMessages.at(-1).split('\n').slice(0, 8).join('\n    ')
        return `  ${relative(root, name)} > ${fullName}\n    ${reason}\n`
      }),
  )
  if (again.length > 0) process.stdout.write(`\nPassed, but not at the first try:\n${again.join('')}`)
}

let passed = 0
let failed = 0
const count = (ok) => {
  if (ok) passed++
  else failed++
}

ensureTools()
const steps = await Promise.all([
  step('build', process.execPath, ['scripts/build.mjs'], true),
  step('lint and format', bin('biome'), ['check', '--error-on-warnings', '.'], true),
  step('types of the tests', bin('tsc'), ['-p', 'tsconfig.test.json'], true),
  step('types of the report page', bin('tsc'), ['-p', 'tsconfig.page.json', '--noEmit'], true),
])
steps.forEach(count)
const [built] = steps
if (built) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'))
  const results = join(folder, 'results.json')
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
    ...process.argv.slice(2),
  ]
  const ok = await step('tests', bin('vitest'), args)
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
      readFileSync(results, 'utf8'),
    )
    nameSecondTries(testResults)
    passed += numPassedTests
    failed += numFailedTests
    // A file that throws before its first test, or an error outside of tests, fails the run all the same.
    if (!ok && numFailedTests === 0) failed += Math.max(1, numFailedTestSuites)
  } catch {
    failed++
  }
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
