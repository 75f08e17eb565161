/** Status codes of close frames that this client sends (RFC 6455 section 7.4.1). */
export const CloseCode = {
  normal: 1000,
  protocolError: 1002,
  /** What a close frame without a code is reported as; never sent. */
  none: 1005,
  invalidPayload: 1007,
  messageTooBig: 1009,
} as const

/** Whether a close frame may carry the code: 1004 to 1006 and 1015 are reserved, 3000 to 4999 free for applications. */
export const isCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999)

/** The code that tells the server why the client gives up, by error kind. */
export function closeCodeOf(kind: string): number {
  if (kind === 'ws-invalid-utf8' || kind === 'ws-bad-deflate') return CloseCode.invalidPayload
  if (kind === 'ws-frame-too-large' || kind === 'ws-message-too-large') return CloseCode.messageTooBig
  return CloseCode.protocolError
}
