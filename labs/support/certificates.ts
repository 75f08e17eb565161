/**
 * Certificates for a server of one's own, made by the `openssl` command: a CA, a certificate for localhost that it
 * signs, and one for a client.
 *
 *     node dist/labs/support/certificates.js FOLDER
 *
 * writes ca.pem, server.pem, server.key, client.pem and client.key, good for 30 days. They protect nothing.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runsAsProgram } from './program.js'

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface CertificateOptions {
  /** Names and addresses as OpenSSL writes them, such as `DNS:localhost,IP:127.0.0.1`. */
  readonly altNames?: string
  /** Until it expires; below 0 for one that has. */
  readonly days?: number
}

const localNames = 'DNS:localhost,IP:127.0.0.1,IP:::1'
const goodForDays = 30

/** Makes a CA: `<name>.pem` and `<name>.key`. */
export function makeAuthority(folder: string, name = 'ca'): Certificate {
  const ca = filesOf(folder, name)
  withConfig('', (config) =>
    openssl(
      ...['req', '-x509', ...configured(config, 'authority'), ...freshKey(ca.key), '-out', ca.cert],
      ...['-days', String(goodForDays), '-subj', `/CN=Plimsoll lab ${name}`],
    ),
  )
  return ca
}

/** Makes a certificate that `ca` signs: `<name>.pem` and `<name>.key`. */
export function makeCertificate(
  folder: string,
  ca: Certificate,
  name: string,
  { altNames = localNames, days = goodForDays }: CertificateOptions = {},
): Certificate {
  const made = filesOf(folder, name)
  withConfig(altNames, (config, scratch) => {
    const request = join(scratch, 'request.pem')
    openssl('req', '-new', '-config', config, ...freshKey(made.key), '-out', request, '-subj', `/CN=${name}`)
    openssl(
      ...['x509', '-req', '-in', request, '-CA', ca.cert, '-CAkey', ca.key, '-set_serial', serial()],
      ...['-extfile', config, '-extensions', 'leaf', '-days', String(days), '-out', made.cert],
    )
  })
  return made
}

export interface LabCertificates {
  readonly ca: Certificate
  readonly server: Certificate
  readonly client: Certificate
}

/** Those in the folder, or new ones where it has none. */
export function labCertificates(folder: string): LabCertificates {
  const [ca, server, client] = ['ca', 'server', 'client'].map((name) => filesOf(folder, name))
  if (!existsSync(client!.cert)) {
    mkdirSync(folder, { recursive: true })
    makeAuthority(folder)
    makeCertificate(folder, ca!, 'server')
    makeCertificate(folder, ca!, 'client')
  }
  return { ca: ca!, server: server!, client: client! }
}

const filesOf = (folder: string, name: string): Certificate => ({
  cert: join(folder, `${name}.pem`),
  key: join(folder, `${name}.key`),
})

/** Elliptic-curve keys: RSA keys take OpenSSL a second to find. */
const freshKey = (path: string): string[] => [
  ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  ...['-nodes', '-keyout', path],
]

const configured = (config: string, extensions: string): string[] => [
  ...['-config', config, '-extensions', extensions],
]

const serial = (): string => String(Math.floor(Math.random() * 2 ** 48) + 1)

/** A configuration of its own: what that of the machine adds differs from one to the next. */
function withConfig(altNames: string, use: (config: string, scratch: string) => void): void {
  const scratch = mkdtempSync(join(tmpdir(), 'plimsoll-openssl-'))
  const config = join(scratch, 'openssl.cnf')
  const leaf = [
    'basicConstraints = critical, CA:FALSE',
    'keyUsage = critical, digitalSignature',
    'extendedKeyUsage = serverAuth, clientAuth',
    ...(altNames === '' ? [] : [`subjectAltName = ${altNames}`]),
  ]
  const sections = {
    req: ['distinguished_name = nobody', 'prompt = no'],
    nobody: ['CN = nobody'],
    authority: ['basicConstraints = critical, CA:TRUE', 'keyUsage = critical, keyCertSign'],
    leaf,
  }
  const text = Object.entries(sections).map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`)
  try {
    writeFileSync(config, text.join(''))
    use(config, scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}

if (runsAsProgram(import.meta.url)) {
  const folder = process.argv[2] ?? '.'
  const { ca, server, client } = labCertificates(folder)
  const files = [ca.cert, server.cert, server.key, client.cert, client.key]
  process.stdout.write(`${files.join('\n')}\n`)
}
