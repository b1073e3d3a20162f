import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder with these files, which goes at the end. */
export class Root implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'livepods-root-'))

  constructor(files: Record<string, string>) {
    for (const [file, text] of Object.entries(files)) this.write(file, text)
  }

  write(file: string, text = ''): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true })
    writeFileSync(join(this.path, file), text)
  }

  remove(file: string): void {
    rmSync(join(this.path, file))
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true })
  }
}

const MAIN = readFileSync(new URL('throw-away-service.ts', import.meta.url), 'utf8')

/** The files of a service that has these variables, each with its default; throw-away-service.ts says how it behaves. */
export function service(
  name: string,
  own: object = {},
  variables: Record<string, unknown> = {},
): Record<string, string> {
  const declaration = {
    ...{ kind: 'service', name, group: 'probe', summary: 'is there', env: env(variables), listeners: [] },
    ...{ opsPort: 9100, calls: {}, replicas: 1, imageMegabytes: 60, onByDefault: true },
    ...own,
  }
  return {
    [`services/${name}/package.json`]: '{ "type": "module" }',
    [`services/${name}/src/main.ts`]: MAIN,
    [`services/${name}/src/service.ts`]: `export const declaration = ${JSON.stringify(declaration)}`,
  }
}

/** The files of a job that runs first. */
export function firstJob(name: string, main: string, calls: Record<string, string>): Record<string, string> {
  const declaration = { kind: 'job', name, summary: 'runs first', env: env(calls), calls, runs: 'first' }
  return {
    [`tools/${name}/package.json`]: '{ "type": "module" }',
    [`tools/${name}/src/main.ts`]: main,
    [`tools/${name}/src/program.ts`]: `export const declaration = ${JSON.stringify(declaration)}`,
  }
}

export function listener(name: string, variable = 'PORT'): object {
  return { name, variable, protocol: 'http', reachedBy: 'callers' }
}

function env(variables: Record<string, unknown>): object {
  const properties = Object.entries(variables).map(([variable, value]) => [variable, { default: value }])
  return { properties: Object.fromEntries(properties) }
}
