import type { RuleConfig } from '@redocly/openapi-core'

const RULES: Record<string, RuleConfig> = {
  struct: 'error',
  'no-unresolved-refs': 'error',
  'no-enum-type-mismatch': 'error',
  'no-identical-paths': 'error',
  'path-parameters-defined': 'error',
  'operation-operationId-unique': 'error',
  'operation-parameters-unique': 'error',
}

/** What is wrong with an OpenAPI document, in sentences; none when it is right. Redocly's validator says so: no code of ours. */
export async function openApiFaults(document: object): Promise<string[]> {
  // Here, since most tests do not need it.
  const { createConfig, lintFromString } = await import('@redocly/openapi-core')
  const config = await createConfig({ rules: RULES })
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config })
  return problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)
}
