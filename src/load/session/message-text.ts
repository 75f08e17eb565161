/** Longest number of characters that is looked at to tell whether a text may be JSON. */
const jsonStart = /^\s*[[{"\-0-9tfn]/

/** What a script gets of a text of the target: the JSON value, or the text where it is none. */
export function readText(text: string): unknown {
  if (!jsonStart.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A message as it goes over the wire; objects as JSON. */
export function wireText(message: string | Uint8Array | object): string | Uint8Array {
  return typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message)
}

/** An object as JSON with an id in front, under `key`. */
export function textWithId(message: object, key: string, id: number): string {
  const rest = JSON.stringify(message)
  return rest === '{}' ? `{"${key}":${id}}` : `{"${key}":${id},${rest.slice(1)}`
}
