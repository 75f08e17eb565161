import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { expectRefusal, plimsoll, removeScratch, scratch } from '../support/plimsoll.js'

afterAll(removeScratch)

/** Nothing listens there, and nothing is asked: all of these are refused before. */
const ws = 'ws://127.0.0.1:9'
const http = 'http://127.0.0.1:9'

describe('a mistake on the command line', () => {
  const cases: ReadonlyArray<readonly [args: string, message: RegExp]> = [
    ['rnu URL', /unknown command 'rnu'[\s\S]*run/],
    ['run', /missing required argument 'what'/],
    [`run ${ws} more`, /too many arguments/],
    [`run ${ws} --conections 3`, /unknown option '--conections'[\s\S]*--connections/],
    [`run ${ws} --explore --`, /There is no command after --/],
    [`run ${ws}`, /No objective is given[\s\S]*--slo 'p99 < 50ms'[\s\S]*--explore/],
    [`run ${ws} --explore -c 0`, /--connections takes a whole number of at least 1, not '0'/],
    [`run ${ws} --explore -c ten`, /--connections .* not 'ten'/],
    [`run ${ws} --explore --workers 1.5`, /--workers .* not '1.5'/],
    [`run ${ws} --explore --max-outstanding 0`, /--max-outstanding .* not '0'/],
    [`run ${ws} --explore --seed -1`, /--seed .* not '-1'/],
    [`run ${ws} --explore -r fast`, /'fast' is not a rate[\s\S]*2000\/s/],
    [`run ${ws} --explore -r 5/day`, /'5\/day' is not a rate/],
    [`run ${ws} --explore -r 0`, /The rate must be above 0/],
    [`run ${ws} --explore --connect-rate 0`, /The rate of connections must be above 0/],
    [`run ${ws} --explore -d 10`, /'10' is not a duration[\s\S]*30s/],
    [`run ${ws} --explore -d 10x`, /'10x' has the unknown unit 'x'/],
    [`run ${ws} --explore -d 0s`, /The duration must be above 0/],
    [`run ${ws} --explore --timeout 0s`, /The timeout must be above 0/],
    [`run ${ws} --explore --warmup soon`, /'soon' is not a duration/],
    [`run ${ws} --explore --arrival poison`, /--arrival does not take 'poison'[\s\S]*poisson/],
    [`run ${ws} --explore --profile thruoghout`, /--profile does not take 'thruoghout'[\s\S]*throughout/],
    [`run ${ws} --explore --observe procs`, /--observe does not take 'procs'[\s\S]*proc/],
    [`run ${ws} --explore --reply fiffo`, /'fiffo' is not a way to match replies[\s\S]*'fifo'/],
    [`run ${ws} --explore --reply none`, /closed model has nothing to wait for[\s\S]*-r/],
    [`run ${http} --explore --reply fifo`, /HTTP pairs replies with requests itself/],
    [`run ${ws} --explore -H nocolon`, /'nocolon' is not a header[\s\S]*name: value/],
    [`run ${ws} --explore --payload @missing.json`, /Cannot read the payload missing\.json/],
    [`run wss://127.0.0.1:9 --explore`, /wss:\/\/ is not a protocol .* yet[\s\S]*TLS/],
    [`run ftp://127.0.0.1:9 --explore`, /ftp:\/\/ is not a protocol/],
    [`run ws://127.0.0.1:99999 --explore`, /is not a URL/],
    [`run nonsense --explore`, /neither a URL nor a scenario file/],
    [`run missing.ts --explore`, /Cannot read the scenario missing\.ts/],
    [`run ws://8.8.8.8 --explore`, /8\.8\.8\.8 is neither a loopback nor a private address[\s\S]*--allow-host 8\.8\.8\.8/],
    [`run http://93.184.215.14:81 --explore --allow-host 8.8.8.8`, /neither a loopback nor a private/],
    [`run ws://[2001:4860:4860::8888] --explore`, /neither a loopback nor a private/],
    ['report nowhere', /There is no run at nowhere/],
    ['doctor -c many', /whole number of connections, not 'many'/],
  ]

  it.each(cases)('plimsoll %s', async (args, message) => {
    expectRefusal(await plimsoll(args.split(' ')), message)
  })

  it.each([
    ['p99 < 50', /the time has no unit[\s\S]*p99 < 50ms/],
    ['p99 < 50parsec', /'50parsec' is not a time/],
    ['p98h < 50ms', /'p98h < 50ms' cannot be read/],
    ['eror < 1%', /no statistic 'eror'/],
    ['respnse.p99 < 1s', /respnse[\s\S]*response/],
  ])('--slo %s', async (objective, message) => {
    expectRefusal(await plimsoll(['run', ws, '--slo', objective]), message)
  })

  it('is told of a run that cannot be read, and of a format that there is not', async () => {
    const folder = scratch()
    writeFileSync(join(folder, 'run.json'), '{"schema":"plimsoll.run/1"')
    expectRefusal(await plimsoll(['report', folder]), /run\.json cannot be read/)
    writeFileSync(join(folder, 'run.json'), '{"schema":"plimsoll.run/1"}')
    expectRefusal(await plimsoll(['report', folder]), /run\.json cannot be read/)
    expectRefusal(await plimsoll(['report', folder, '--format', 'htlm']), /Did you mean 'html'/)
  })
})

describe('help', () => {
  it.each([[['--help']], [['run', '--help']], [['help', 'report']]])('%j', async (args) => {
    const { code, out, err } = await plimsoll(args)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^Usage: plimsoll/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what must not be there
    expect(out).not.toMatch(/\u001b/)
  })

  it('names every option of the contract', async () => {
    const { out } = await plimsoll(['run', '--help'])
    for (const option of [
      '-c, --connections',
      '-r, --rate',
      '-d, --duration',
      '--arrival',
      '--warmup',
      '--payload',
      '--reply',
      '--timeout',
      '-H, --header',
      '-m, --method',
      '--subprotocol',
      '--slo',
      '--abort-on-fail',
      '--explore',
      '--observe',
      '--profile',
      '--connect-rate',
      '--reconnect',
      '--max-outstanding',
      '--workers',
      '--allow-host',
      '--out',
      '--json',
      '--quiet',
    ]) {
      expect(out).toContain(option)
    }
  })

  it('tells the version', async () => {
    expect(await plimsoll(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })
})

describe('doctor', () => {
  it('judges this machine, and stops where a test could not work', async () => {
    const { out, code, err } = await plimsoll(['doctor', '-c', '10'])
    expect(err).toBe('')
    expect([0, 4]).toContain(code)
    expect(out).toMatch(/Node\.js\s+v\d+/)
    expect(out).toMatch(/descriptors/)
    const impossible = await plimsoll(['doctor', '-c', '1000000000'])
    expect(impossible.code).toBe(4)
    expect(impossible.out).toMatch(/✗ descriptors/)
  })
})
