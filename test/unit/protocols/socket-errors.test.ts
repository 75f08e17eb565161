import { describe, expect, it } from 'vitest'
import { errorDetail, errorKind } from '../../../src/protocols/socket-errors.js'

const failed = (code: string | undefined, syscall?: string, message = 'failed'): NodeJS.ErrnoException =>
  Object.assign(new Error(message), code === undefined ? {} : { code }, syscall ? { syscall } : {})

const alert = (reason: string): NodeJS.ErrnoException =>
  Object.assign(failed('ERR_SSL_ALERT', undefined, `0:error:0A:SSL routines:read:${reason}:file.c:1:`), {
    reason,
  })

describe('errorKind', () => {
  it.each([
    ['ECONNREFUSED', 'connect-refused', 'connect-refused'],
    ['ECONNRESET', 'connect-reset', 'connection-reset'],
    ['EPIPE', 'connect-reset', 'connection-reset'],
    ['ETIMEDOUT', 'connect-timeout', 'connection-timeout'],
    ['ENOTFOUND', 'dns', 'dns'],
    ['EAI_AGAIN', 'dns', 'dns'],
    ['EMFILE', 'descriptors-exhausted', 'descriptors-exhausted'],
    ['EADDRNOTAVAIL', 'ports-exhausted', 'ports-exhausted'],
    ['EADDRINUSE', 'ports-exhausted', 'ports-exhausted'],
    ['EHOSTUNREACH', 'ehostunreach', 'ehostunreach'],
    [undefined, 'socket-error', 'socket-error'],
  ])('%s is %s while connecting and %s after', (code, connecting, open) => {
    expect(errorKind(failed(code, 'connect'), 'connect')).toBe(connecting)
    expect(errorKind(failed(code, 'read'), 'open')).toBe(open)
  })

  it('tells a local address that the machine lacks from one whose ports are used up', () => {
    expect(errorKind(failed('EADDRNOTAVAIL', 'bind'), 'connect')).toBe('local-address')
  })

  it('tells a peer that ends the connection within the TLS handshake from one that resets it', () => {
    expect(errorKind(failed('ECONNRESET'), 'connect')).toBe('connect-closed')
    expect(errorKind(failed('ECONNRESET'), 'open')).toBe('connection-reset')
  })

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-untrusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls-untrusted'],
    ['CERT_HAS_EXPIRED', 'tls-expired'],
    ['CERT_NOT_YET_VALID', 'tls-expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-hostname'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-handshake'],
    ['EPROTO', 'tls-handshake'],
  ])('%s is %s', (code, kind) => {
    expect(errorKind(failed(code), 'connect')).toBe(kind)
  })

  it.each([
    ['sslv3 alert bad certificate', 'tls-client-certificate'],
    ['ssl/tls alert bad certificate', 'tls-client-certificate'],
    ['tlsv1 alert unknown ca', 'tls-client-certificate'],
    ['tlsv13 alert certificate required', 'tls-client-certificate'],
    ['sslv3 alert handshake failure', 'tls-handshake'],
    ['tlsv1 alert no application protocol', 'tls-handshake'],
    ['tlsv1 alert protocol version', 'tls-handshake'],
  ])('the alert “%s” is %s', (reason, kind) => {
    expect(errorKind(alert(reason), 'connect')).toBe(kind)
    expect(errorKind(failed('EPROTO', 'write', alert(reason).message), 'connect')).toBe(kind)
  })

  it('a client hears only after its handshake that a certificate is missing; all else then breaks the protocol', () => {
    expect(errorKind(alert('tlsv13 alert certificate required'), 'open')).toBe('tls-client-certificate')
    expect(errorKind(alert('decryption failed or bad record mac'), 'open')).toBe('tls-protocol')
  })
})

describe('errorDetail', () => {
  it('is the message, or the first of several', () => {
    expect(errorDetail(new Error('one'), 'open')).toBe('one')
    expect(errorDetail(new AggregateError([new Error('two'), new Error('three')]), 'open')).toBe('two')
  })

  it.each([
    [
      failed('SELF_SIGNED_CERT_IN_CHAIN', undefined, 'self-signed certificate'),
      /^self-signed certificate: .*--ca/,
    ],
    [
      failed('CERT_HAS_EXPIRED', undefined, 'certificate has expired'),
      /^certificate has expired: .*--insecure/,
    ],
    [alert('tlsv13 alert certificate required'), /^tlsv13 alert certificate required: .*--cert and --key/],
    [alert('wrong version number'), /^wrong version number: .*does not speak TLS$/],
    [alert('sslv3 alert handshake failure'), /^sslv3 alert handshake failure$/],
    [failed('ECONNRESET'), /^the server ended the connection during the TLS handshake$/],
  ])('of %s says what to do', (error, text) => {
    expect(errorDetail(error, 'connect')).toMatch(text)
  })

  it('keeps Node’s own words of a wrong name', () => {
    const words =
      "Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames: DNS:b"
    const error = Object.assign(failed('ERR_TLS_CERT_ALTNAME_INVALID', undefined, words), {
      reason: 'Host: a.',
    })
    expect(errorDetail(error, 'connect')).toBe(
      `${words}: name the host that it was made for with --servername`,
    )
  })
})
