/** What a socket failed of: kinds to count by, and a text for people. */

export type SocketPhase = 'connect' | 'open'

/** The error kind of a failed socket; the phase is `connect` until the connection is usable. */
export function errorKind(error: NodeJS.ErrnoException, phase: SocketPhase): string {
  const code = error.code ?? 'socket-error'
  const prefix = phase === 'connect' ? 'connect' : 'connection'
  switch (code) {
    case 'ECONNREFUSED':
      return 'connect-refused'
    case 'ECONNRESET':
      return endedInHandshake(error, phase) ? 'connect-closed' : `${prefix}-reset`
    case 'ECONNABORTED':
    case 'EPIPE':
      return `${prefix}-reset`
    case 'ETIMEDOUT':
    case 'ERR_SOCKET_CONNECTION_TIMEOUT':
      return `${prefix}-timeout`
    case 'EMFILE':
    case 'ENFILE':
      return 'descriptors-exhausted'
    // Without a free port, connect() fails with the first and bind() to a local address with the second.
    case 'EADDRNOTAVAIL':
      return error.syscall === 'bind' ? 'local-address' : 'ports-exhausted'
    case 'EADDRINUSE':
      return 'ports-exhausted'
    case 'ENOTFOUND':
      return 'dns'
    default:
      if (code.startsWith('EAI_')) return 'dns'
      return tlsKind(error, code, phase) ?? code.toLowerCase()
  }
}

/** The text of a socket error; where several addresses of a name were tried, that of the first. */
export function errorDetail(error: NodeJS.ErrnoException, phase: SocketPhase): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message
  if (endedInHandshake(error, phase)) return 'the server ended the connection during the TLS handshake'
  const advice = tlsAdvice[tlsKind(error, error.code ?? '', phase) ?? '']
  if (advice === undefined) return error.message
  const text = openSslReason(error) ?? error.message
  return looksPlain.test(text)
    ? `${text}: what answers there does not speak TLS`
    : advice === ''
      ? text
      : `${text}: ${advice}`
}

/** Node reports a peer that ends the connection within the TLS handshake as a reset which no system call saw. */
function endedInHandshake(error: NodeJS.ErrnoException, phase: SocketPhase): boolean {
  return error.code === 'ECONNRESET' && error.syscall === undefined && phase === 'connect'
}

/** Why the certificate of a server was refused, by the names that Node gives OpenSSL's verification results. */
const untrusted = new Set([
  'CA_CERTIFICATE_KEY_TOO_WEAK',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNSPECIFIED',
])

/** Alerts by which a server refuses the client's certificate, or that there is none (RFC 8446, section 6.2). */
const certificateAlert =
  /alert (bad certificate|unsupported certificate|certificate (revoked|expired|unknown|required)|unknown ca|access denied)/

/** How OpenSSL puts it that no TLS record came. */
const looksPlain = /wrong version number|packet length too long|http request/

function tlsKind(error: NodeJS.ErrnoException, code: string, phase: SocketPhase): string | null {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'tls-hostname'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'tls-expired'
  if (untrusted.has(code)) return 'tls-untrusted'
  if (code !== 'EPROTO' && !/^ERR_(SSL|TLS|OSSL)_/.test(code)) return null
  // With TLS 1.3 a client learns only after its handshake that its certificate was refused.
  if (certificateAlert.test(openSslReason(error) ?? '')) return 'tls-client-certificate'
  return phase === 'connect' ? 'tls-handshake' : 'tls-protocol'
}

const tlsAdvice: Readonly<Record<string, string>> = {
  'tls-untrusted': 'name the CA to trust with --ca, or pass --insecure',
  'tls-expired': 'renew it, or pass --insecure',
  'tls-hostname': 'name the host that it was made for with --servername',
  'tls-client-certificate': 'the server wants a client certificate that it trusts, see --cert and --key',
  'tls-handshake': '',
  'tls-protocol': '',
}

/** The reason in an error of OpenSSL, such as `wrong version number`. */
function openSslReason(error: Error & { readonly reason?: unknown }): string | null {
  if (typeof error.reason === 'string' && !error.message.startsWith('Hostname/IP')) return error.reason
  return /:SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? null
}
