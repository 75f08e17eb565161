import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ConfigFile, configFileName, readConfigFile } from '../../../src/cli/config-file.js'
import { addLoadOptions } from '../../../src/cli/load-command-options.js'
import { layeredOptions, layerOptions, variableOf } from '../../../src/cli/option-sources.js'
import { makePlan } from '../../../src/run/make-plan.js'
import type { Plan } from '../../../src/run/plan.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-options-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The command after it has read `words`. */
function given(...words: string[]): Command {
  const command = addLoadOptions(new Command('run').exitOverride())
  command.parse(words, { from: 'user' })
  return command
}

const config = (values: ConfigFile['values']): ConfigFile => ({ path: configFileName, values })
const layered = (words: string[], env: Record<string, string> = {}, file: ConfigFile | null = null) =>
  layerOptions(given(...words), env, file).options

describe('an option', () => {
  it('has a variable of its own, one for each option', () => {
    const options = layeredOptions(given())
    const variables = options.map(variableOf)
    expect(new Set(variables).size).toBe(variables.length)
    expect(variables).toEqual(
      expect.arrayContaining(['PLIMSOLL_RATE', 'PLIMSOLL_SLO', 'PLIMSOLL_CONNECT_RATE']),
    )
    expect(variables).not.toContain('PLIMSOLL_NO_EXPLORE')
    for (const option of options) {
      const value = option.isBoolean() ? '1' : 'some'
      const { options: read } = layerOptions(given(), { [variableOf(option)]: value }, null)
      const expected = option.isBoolean() ? true : option.parseArg ? ['some'] : 'some'
      expect((read as Record<string, unknown>)[option.attributeName()]).toEqual(expected)
    }
  })

  it('comes from the command line before the environment', () => {
    expect(layered(['-r', '1/s'], { PLIMSOLL_RATE: '2/s' })).toMatchObject({ rate: '1/s' })
    expect(layered(['--no-explore'], { PLIMSOLL_EXPLORE: '1' })).toMatchObject({ explore: false })
  })

  it('comes from the environment before the configuration file', () => {
    expect(layered([], { PLIMSOLL_RATE: '2/s' }, config({ rate: '3/s' }))).toMatchObject({ rate: '2/s' })
    const off = layered([], { PLIMSOLL_EXPLORE: '0' }, config({ explore: true }))
    expect(off).toMatchObject({ explore: false })
  })

  it('comes from the configuration file where nothing else gives it', () => {
    expect(layered([], {}, config({ rate: '3/s', explore: true }))).toMatchObject({
      rate: '3/s',
      explore: true,
    })
    expect(layered([], { PLIMSOLL_RATE: '' }, config({ rate: '3/s' }))).toMatchObject({ rate: '3/s' })
  })

  it('is left out where nobody gives it', () => {
    expect(layered([])).toEqual({})
  })
})

describe('the scenario and the defaults', () => {
  const scenario = (): string => {
    const path = join(folder, 'scenario.mjs')
    const load = "{ rate: '4/s', connections: 44 }"
    writeFileSync(path, `export default { target: 'ws://127.0.0.1:9', slo: ['p99 < 1s'], load: ${load} }\n`)
    return path
  }
  const plan = async (what: string, words: string[], file: ConfigFile | null): Promise<Plan> =>
    await makePlan({ what, options: layered(words, {}, file), targetCommand: null, command: '', cores: 2 })

  it('yield to the configuration file; the scenario outranks the defaults', async () => {
    const overruled = await plan(scenario(), [], config({ rate: '3/s' }))
    expect([overruled.rate![0]!.to, overruled.connections]).toEqual([3, 44])
    const plain = await plan(scenario(), [], null)
    expect([plain.rate![0]!.to, plain.connections]).toEqual([4, 44])
    const bare = await plan('ws://127.0.0.1:9', ['--explore'], null)
    expect([bare.rate, bare.connections]).toEqual([null, 10])
  })
})

describe('the environment', () => {
  it('gives several values on lines of their own', () => {
    const { slo, header } = layered([], {
      PLIMSOLL_SLO: 'p99 < 50ms\nerrors < 0.1%\n',
      PLIMSOLL_HEADER: 'cookie: a=1; b=2',
    })
    expect(slo).toEqual(['p99 < 50ms', 'errors < 0.1%'])
    expect(header).toEqual(['cookie: a=1; b=2'])
  })

  it.each(['yes', 'TRUE', 'on', '1'])("turns a switch on by '%s'", (word) => {
    expect(layered([], { PLIMSOLL_RECONNECT: word })).toEqual({ reconnect: true })
  })

  it('is told of a switch that is neither on nor off', () => {
    expect(() => layered([], { PLIMSOLL_EXPLORE: 'maybe' })).toThrow(/PLIMSOLL_EXPLORE is a switch/)
  })

  it('is told of a mistyped variable, and may hold those of others', () => {
    expect(() => layered([], { PLIMSOLL_RAET: '5/s' })).toThrow(
      expect.objectContaining({ hint: 'Did you mean PLIMSOLL_RATE?' }),
    )
    expect(layered([], { PLIMSOLL_DASHBOARD: 'x', PLIMSOLL_CONFIG: 'y', RATE: '5/s' })).toEqual({})
  })
})

describe('where options came from', () => {
  it('is said, and spelled out so that the run can be repeated without', () => {
    const env = { PLIMSOLL_RATE: '5/s', PLIMSOLL_JSON: '1' }
    const file = config({ slo: ['p99 < 1s', 'errors < 1%'], reconnect: false, explore: true })
    const { spelled, sources } = layerOptions(given('-c', '3'), env, file)
    expect(spelled).toEqual([
      '--rate',
      '5/s',
      '--slo',
      'p99 < 1s',
      '--slo',
      'errors < 1%',
      '--explore',
      '--no-reconnect',
    ])
    expect(sources).toEqual([
      'From the environment: --rate, --json',
      'From plimsoll.config.json: --slo, --explore, --reconnect',
    ])
    const again = layerOptions(given('-c', '3', ...spelled), {}, null).options
    expect(again).toEqual({ ...layered(['-c', '3'], { PLIMSOLL_RATE: '5/s' }, file) })
  })
})

describe('a configuration file', () => {
  const read = (text: string | null, name: string | null = null): ConfigFile | null => {
    if (text !== null) writeFileSync(join(folder, name ?? configFileName), text)
    else rmSync(join(folder, configFileName), { force: true })
    return readConfigFile(name, folder, layeredOptions(given()))
  }

  it('is taken from where the command is given, if it is there', () => {
    expect(read(null)).toBeNull()
    expect(read('{"rate": "5/s"}')).toEqual({ path: configFileName, values: { rate: '5/s' } })
  })

  it('spells options as scenarios or as the command line do', () => {
    const text = '{"connectRate": "50/s", "max-outstanding": 7, "slo": "p99 < 1s", "explore": false}'
    expect(read(text, 'load.json')!.values).toEqual({
      connectRate: '50/s',
      maxOutstanding: '7',
      slo: ['p99 < 1s'],
      explore: false,
    })
  })

  it.each([
    ['is not there though it was named', null, 'missing.json', /missing\.json/],
    ['is not JSON', '{rate: 5}', 'a.json', /a\.json is not JSON/],
    ['holds no object', '[1]', 'a.json', /holds no object/],
    ['holds an unknown option', '{"raet": "5/s"}', 'a.json', /raet: unknown option; did you mean 'rate'\?/],
    ['names another configuration', '{"config": "b.json"}', 'a.json', /config: unknown option/],
    [
      'gives a text for a switch',
      '{"explore": "yes"}',
      'a.json',
      /explore: expected true or false, not "yes"/,
    ],
    ['gives a list for one value', '{"rate": ["1/s"]}', 'a.json', /rate: expected a text or a number/],
    ['gives a number in a list of switches', '{"slo": [true]}', 'a.json', /slo: expected a text or a list/],
  ])('is refused if it %s', (_, text, name, message) => {
    expect(() => {
      if (text !== null) writeFileSync(join(folder, name), text)
      readConfigFile(name, folder, layeredOptions(given()))
    }).toThrow(message)
  })
})
