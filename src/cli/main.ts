import { createWorld, packageVersion } from '../kernel/world.js'

/** The entry of the `plimsoll` command. `--version` answers without loading the rest. */
const first = process.argv[2]
if (first === '--version' || first === '-V') {
  process.stdout.write(`${packageVersion()}\n`)
} else {
  const { reportError, runCommandLine } = await import('./command-line.js')
  const world = createWorld()
  // What nobody caught is a bug as well, and must not end with the exit code of a missed objective.
  process.on('uncaughtException', (error) => process.exit(reportError(error, world)))
  process.exitCode = await runCommandLine(process.argv.slice(2), world)
}
