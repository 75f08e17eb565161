import { errorCatalogue, PlimsollError } from '../kernel/errors.js'

/** Why the target could not be looked into, and what its owner can do about it where that is known. */
export function describeRefusal(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const hint = hintOf(error)
  return hint === null ? message : `${message} ${hint}`
}

/** The hint of the refusal itself; null where there is only the catalogue's. */
export function hintOf(error: unknown): string | null {
  if (!(error instanceof PlimsollError)) return null
  return error.hint === errorCatalogue[error.code].hint ? null : error.hint
}
