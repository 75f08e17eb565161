import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { PlimsollError } from '../kernel/errors.js'
import type { TlsSettings } from '../load/driver.js'
import { usesTls } from '../protocols/tls-endpoint.js'
import type { Tls } from '../scenario/scenario.js'
import type { LoadOptions } from './load-options.js'
import type { TlsPlan } from './plan.js'

const optionNames = ['insecure', 'ca', 'cert', 'key', 'servername'] as const
type TlsOptions = Pick<LoadOptions, (typeof optionNames)[number]>

export interface TlsRequest {
  readonly options: TlsOptions
  readonly scenario: Tls | undefined
  /** Paths in the scenario are relative to it. */
  readonly scenarioFolder: string
  readonly target: URL
  /** Only the target is connected to, no other URL. */
  readonly onlyTarget: boolean
}

/**
 * How to speak TLS, with every file tried before the run begins; null where nothing was said and nothing needs it.
 * @throws PlimsollError TLS_FILE_UNUSABLE, USAGE, BAD_VALUE
 */
export async function planTls(request: TlsRequest): Promise<TlsPlan | null> {
  const { options, scenario = {}, target, onlyTarget } = request
  const given = optionNames.find((name) => (options[name] ?? false) !== false)
  if (given !== undefined && !usesTls(target) && onlyTarget) {
    throw new PlimsollError('USAGE', `--${given} is for TLS, and ${target.protocol}// has none.`, {
      hint: 'Leave it out, or name a wss:// or https:// target.',
    })
  }
  if (!usesTls(target) && given === undefined && request.scenario === undefined) return null
  const ofScenario = (path: string | undefined): string | null =>
    path === undefined ? null : resolve(request.scenarioFolder, path)
  const ofOption = (path: string | undefined): string | null => (path === undefined ? null : resolve(path))
  const cert = ofOption(options.cert) ?? ofScenario(scenario.cert)
  // A key of the scenario is of no use to another certificate.
  const scenarioKey = options.cert === undefined ? ofScenario(scenario.key) : null
  const key = ofOption(options.key) ?? scenarioKey ?? cert
  if (cert === null && key !== null) {
    throw new PlimsollError('USAGE', 'A key is of no use without its certificate.', {
      hint: 'Name the certificate with --cert (or tls.cert).',
    })
  }
  const plan: TlsPlan = {
    ca: ofOption(options.ca) ?? ofScenario(scenario.ca),
    cert,
    key,
    servername: checkServername(options.servername ?? scenario.servername ?? null),
    insecure: options.insecure ?? scenario.insecure ?? false,
    resume: scenario.resume ?? true,
  }
  checkFiles(plan, await readTls(plan))
  return plan
}

/**
 * Reads the files of the plan: private keys reach neither the report nor another process.
 * @throws PlimsollError TLS_FILE_UNUSABLE
 */
export async function readTls(plan: TlsPlan): Promise<TlsSettings> {
  const [ca, cert, key] = await Promise.all([plan.ca, plan.cert, plan.key].map(readText))
  return { ...plan, ca: ca ?? null, cert: cert ?? null, key: key ?? null }
}

async function readText(path: string | null): Promise<string | null> {
  if (path === null) return null
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unusable(`Cannot read ${path}: ${(cause as Error).message}.`, cause)
  })
}

function checkServername(name: string | null): string | null {
  if (name === null || (name !== '' && isIP(name) === 0)) return name
  throw new PlimsollError('BAD_VALUE', `'${name}' is no server name.`, {
    hint: 'TLS asks for a name such as api.example.org; an address cannot be asked for (RFC 6066).',
  })
}

function checkFiles(plan: TlsPlan, { ca, cert, key }: TlsSettings): void {
  if (ca !== null) certificateIn(ca, plan.ca!)
  if (cert === null || key === null) return
  const certificate = certificateIn(cert, plan.cert!)
  if (!certificate.checkPrivateKey(keyIn(key, plan.key!))) {
    throw unusable(`The key ${plan.key} does not belong to the certificate ${plan.cert}.`)
  }
}

/** The first certificate of a PEM text: the one that counts, if it is a client's. */
function certificateIn(text: string, path: string): X509Certificate {
  if (!/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(text)) {
    throw unusable(`${path} holds no certificate in PEM form.`)
  }
  try {
    return new X509Certificate(text)
  } catch (cause) {
    throw unusable(`The certificate ${path} cannot be read: ${(cause as Error).message}.`, cause)
  }
}

const isLocked = /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m

function keyIn(text: string, path: string): ReturnType<typeof createPrivateKey> {
  if (!/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(text)) {
    throw unusable(`${path} holds no private key in PEM form.`)
  }
  try {
    return createPrivateKey(text)
  } catch (cause) {
    const why = isLocked.test(text) ? 'it is encrypted' : (cause as Error).message
    throw unusable(`The key ${path} cannot be read: ${why}.`, cause)
  }
}

const unusable = (message: string, cause?: unknown): PlimsollError =>
  new PlimsollError('TLS_FILE_UNUSABLE', message, { cause })
