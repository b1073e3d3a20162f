import { readFileSync } from 'node:fs'
import type { Static, TObject, TSchema } from 'typebox'
import { Value } from 'typebox/value'

export type Environment = Record<string, string | undefined>

/** One message that names every faulty variable; the process ends with 78 (EX_CONFIG of sysexits.h). */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
  readonly code = 'BAD_ENVIRONMENT'
  readonly exitCode = 78

  constructor(faults: string[]) {
    super(
      `The environment does not fit:\n${faults.map((fault) => `  ${fault}`).join('\n')}\nStart with --help for all variables.`,
    )
  }
}

/**
 * The variables of `schema`, typed and with defaults. An empty variable counts as not set; a secret may come from the file
 * that `<NAME>_FILE` names. Throws EnvironmentError with all faults at once.
 */
export function readEnvironment<S extends TObject>(schema: S, environment: Environment): Static<S> {
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    try {
      const text = isSecret(property) ? secretOf(name, environment) : environment[name]
      const value = text === undefined || text === '' ? defaultOf(property) : converted(property, text)
      if (value === undefined) {
        if (schema.required?.includes(name)) faults.push(`${name} is missing: ${describe(property)}.`)
      } else if (Value.Check(property, value)) values[name] = value
      else
        faults.push(`${name} is ${isSecret(property) ? 'set, but' : `"${text}", but`} must be ${describe(property)}.`)
    } catch (error) {
      faults.push(`${name}_FILE cannot be read: ${(error as Error).message}.`)
    }
  }
  if (faults.length > 0) throw new EnvironmentError(faults)
  return values as Static<S>
}

/** The table that `--help` prints: name, default and meaning of each variable. */
export function environmentTable(schema: TObject): string {
  const rows = Object.entries(schema.properties).map(([name, property]) => {
    const value = defaultOf(property)
    const required = schema.required?.includes(name) && value === undefined
    return [
      name + (isSecret(property) ? '[_FILE]' : ''),
      required ? 'required' : String(value ?? ''),
      describe(property),
    ]
  })
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}

function secretOf(name: string, environment: Environment): string | undefined {
  const file = environment[`${name}_FILE`]
  return file ? readFileSync(file, 'utf8').trimEnd() : environment[name]
}

/** Converts text to the type of its schema; other text stays text, and fails validation. */
function converted(property: TSchema, text: string): unknown {
  const { type } = property as JsonSchema
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return text
}

function defaultOf(property: TSchema): unknown {
  return (property as { default?: unknown }).default
}

function isSecret(property: TSchema): boolean {
  return (property as { secret?: boolean }).secret === true
}

interface JsonSchema {
  type?: string
  description?: string
  pattern?: string
  format?: string
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  anyOf?: { const?: unknown }[]
}

function describe(property: TSchema): string {
  const { type, description, pattern, format, minimum, exclusiveMinimum, maximum, anyOf } = property as JsonSchema
  const allowed = anyOf ? anyOf.map((option) => option.const).join(' | ') : (format ?? type ?? 'a value')
  const least = minimum ?? exclusiveMinimum
  const range = [
    least === undefined ? '' : ` ${minimum === undefined ? 'above' : 'from'} ${least}`,
    maximum === undefined ? '' : ` to ${maximum}`,
    pattern === undefined ? '' : ` like ${pattern}`,
  ].join('')
  return `${allowed}${range}${description ? ` (${description})` : ''}`
}
