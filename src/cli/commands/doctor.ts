import pc from 'picocolors'
import { ExitCode, PlimsollError } from '../../kernel/errors.js'
import { type World, wantsColors } from '../../kernel/world.js'
import { checkMachine, readMachineFacts } from '../../run/doctor-checks.js'

/** `plimsoll doctor`: exit 4 if something would stop a test, since such a test would be invalid. */
export function doctor(connectionsText: string, world: World): ExitCode {
  const connections = Number(connectionsText.replaceAll('_', ''))
  if (!Number.isSafeInteger(connections) || connections < 1) {
    throw new PlimsollError('BAD_VALUE', `-c takes a whole number of connections, not '${connectionsText}'.`)
  }
  const colors = pc.createColors(wantsColors(world.stdout, world.env))
  const marks = { ok: colors.green('✓'), warn: colors.yellow('!'), stop: colors.red('✗') }
  const checks = checkMachine(readMachineFacts(world.node, world.cores), connections)
  for (const { name, level, found, fix } of checks) {
    world.stdout.write(`${marks[level]} ${name.padEnd(13)} ${found}\n`)
    if (fix) world.stdout.write(`  ${' '.repeat(13)} ${colors.dim('→')} ${fix}\n`)
  }
  return checks.some(({ level }) => level === 'stop') ? ExitCode.invalid : ExitCode.ok
}
