import { packageVersion } from '../kernel/world.js'

/** The entry of the `plimsoll` command. `--version` answers without loading the rest. */
const first = process.argv[2]
if (first === '--version' || first === '-V') {
  process.stdout.write(`${packageVersion()}\n`)
} else {
  const { runCommandLine } = await import('./command-line.js')
  process.exitCode = await runCommandLine(process.argv.slice(2))
}
