/** How a connection ends on which bytes came that nobody asked for. */
export interface UnsolicitedEnd {
  readonly kind: 'connection-ended' | 'http-unsolicited'
  readonly detail: string
}

/** Servers end a connection that was idle for too long with an unasked 408 (RFC 9110, section 15.5.9). */
export function judgeUnsolicited(chunk: Buffer, length: number): UnsolicitedEnd {
  if (/^HTTP\/1\.[0-9] 408/.test(chunk.toString('latin1', 0, Math.min(length, 12)))) {
    return { kind: 'connection-ended', detail: 'the server ended an idle connection with status 408' }
  }
  return { kind: 'http-unsolicited', detail: `${length} bytes without a request` }
}
