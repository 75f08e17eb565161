/**
 * Fills of frames by category. All are light enough for dark text, in either colour scheme, and differ in lightness
 * as well as in hue, for readers who see few hues (hues after Okabe and Ito, "Color Universal Design", 2008).
 */
const fills: Readonly<Record<string, string>> = {
  'business-logic': '#f0ad5e',
  serialization: '#e5806a',
  'garbage-collection': '#a9aeb5',
  transport: '#86bdf0',
  crypto: '#ead35c',
  compression: '#6fc9a4',
  regex: '#e29cc6',
  'database-driver': '#58b9c7',
  'blocking-io': '#c98b5b',
  unattributed: '#dcdfe3',
}

/** For categories that a later version may add. */
const spare = ['#b9a8e8', '#b3bd73', '#d9b8a0', '#a6b6e0', '#9fd0c0', '#c9d3de']

/** The fill of a category; names that nobody planned for get one of a few spare fills, always the same one. */
export function categoryFill(category: string): string {
  const known = Object.hasOwn(fills, category) ? fills[category] : undefined
  if (known !== undefined) return known
  let hash = 0
  for (let i = 0; i < category.length; i++) hash = (Math.imul(hash, 31) + category.charCodeAt(i)) >>> 0
  return spare[hash % spare.length]!
}
