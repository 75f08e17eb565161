/**
 * What a session's await rejects with when a message got no reply or a connection failed. It is counted by its
 * kind already; a session that it ends is not counted as an error once more.
 */
export class MessageError extends Error {
  override readonly name = 'MessageError'
  /** The kind under which it is counted, such as `timeout` or `connect-refused`. */
  readonly kind: string

  constructor(kind: string, message: string) {
    super(message)
    this.kind = kind
  }
}
