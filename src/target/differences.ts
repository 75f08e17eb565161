/** Of two readings of a counter; 0 where it was set back. */
export const difference = (now: number | null, before: number | null): number | null =>
  now === null || before === null ? null : Math.max(0, now - before)

export const byName = <Name extends string, Value>(
  names: readonly Name[],
  read: (name: Name) => Value,
): Record<Name, Value> => Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, Value>
