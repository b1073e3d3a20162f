import { readFileSync } from 'node:fs'
import { EnvironmentError } from '@livepods/service'
import { parse } from 'smol-toml'
import { Value } from 'typebox/value'
import { XiuConfigSchema } from './config-schema.ts'
import { type ConfigVariables, variablesOf } from './config-variables.ts'

/** What xiu's configuration file says, as our variables. Throws EnvironmentError with all of its faults, and never with a value of it. */
export function readConfigFile(path: string): ConfigVariables {
  let faults: string[]
  try {
    const config: unknown = parseText(path, readFileSync(path, 'utf8'))
    faults = faultsOf(config)
    if (Value.Check(XiuConfigSchema, config)) {
      const found = variablesOf(config)
      if (found.faults.length === 0) return found
      faults = found.faults
    }
  } catch (error) {
    faults = [(error as Error).message]
  }
  throw new EnvironmentError(faults.map((fault) => `MEDIA_CONFIG ${path}: ${fault}`))
}

function parseText(path: string, text: string): unknown {
  const isJson = path.endsWith('.json')
  try {
    return isJson ? JSON.parse(text) : parse(text)
  } catch (error) {
    // Their messages quote the file, where passwords are.
    const { line } = error as { line?: number }
    throw new Error(`it is no ${isJson ? 'JSON' : 'TOML'}${line === undefined ? '' : `, from line ${line} on`}.`)
  }
}

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
}

function faultsOf(config: unknown): string[] {
  return [...Value.Errors(XiuConfigSchema, config)].flatMap(({ keyword, instancePath, message }) => {
    const path = instancePath.split('/').slice(1)
    const key = path.join('.')
    if (keyword === 'boolean') {
      const known = Object.keys(tableAt(path.slice(0, -1)).properties ?? {})
      return [`${key} is no key of xiu; there are ${known.join(', ')}.`]
    }
    // Said by the line above, with the name of the key.
    return keyword === 'additionalProperties' ? [] : [`${key} ${message}.`]
  })
}

function tableAt(path: string[]): Schema {
  return path.reduce<Schema>((at, name) => at.properties?.[name] ?? at.items ?? {}, XiuConfigSchema as Schema)
}
