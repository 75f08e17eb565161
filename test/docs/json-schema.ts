/** The part of JSON Schema (draft 2020-12) that schema/run-1.json uses. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema
  readonly items?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  readonly minimum?: number
}

/** What of `value` does not fit, in words; empty if all does. */
export function violations(value: unknown, root: JsonSchema): string[] {
  return check(value, root, '', root)
}

function check(value: unknown, schema: JsonSchema, path: string, root: JsonSchema): string[] {
  if (schema.$ref) return check(value, root.$defs![schema.$ref.replace('#/$defs/', '')]!, path, root)
  if (schema.anyOf) {
    const branches = schema.anyOf.map((branch) => check(value, branch, path, root))
    return branches.some((found) => found.length === 0) ? [] : branches[0]!
  }
  if (schema.const !== undefined && value !== schema.const)
    return [`${path} is not ${JSON.stringify(schema.const)}`]
  if (schema.enum && !schema.enum.includes(value)) return [`${path} is none of ${schema.enum.join(', ')}`]
  const types = [schema.type ?? []].flat()
  if (types.length > 0 && !types.some((type) => isOfType(value, type)))
    return [`${path} is no ${types.join(' or ')}`]
  if (schema.minimum !== undefined && (value as number) < schema.minimum)
    return [`${path} is below ${schema.minimum}`]
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      check(item, schema.prefixItems?.[index] ?? schema.items ?? {}, `${path}[${index}]`, root),
    )
  }
  if (typeof value !== 'object' || value === null) return []
  const missing = (schema.required ?? [])
    .filter((name) => !(name in value))
    .map((name) => `${join(path, name)} is missing`)
  const inside = Object.entries(value).flatMap(([name, field]) =>
    check(field, schema.properties?.[name] ?? schema.additionalProperties ?? {}, join(path, name), root),
  )
  return [...missing, ...inside]
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'null':
      return value === null
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    default:
      return typeof value === type
  }
}
