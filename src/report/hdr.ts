const intervalLine = /^(?:Tag=([^,]*),)?[0-9]/

/** The tags in an interval log, in the order in which they come first. */
export function tagsOf(log: string): string[] {
  const tags = new Set<string>()
  for (const line of log.split('\n')) {
    const tag = intervalLine.exec(line)?.[1]
    if (tag !== undefined) tags.add(tag)
  }
  return [...tags]
}

/**
 * The interval log of one metric without its tag: for readers that know no tags, such as HistogramLogProcessor
 * without `-tag`. Comments and column names stay.
 */
export function untaggedLog(log: string, tag: string): string {
  const lead = `Tag=${tag},`
  return log
    .split('\n')
    .filter((line) => !intervalLine.test(line) || line.startsWith(lead))
    .map((line) => (line.startsWith(lead) ? line.slice(lead.length) : line))
    .join('\n')
}
