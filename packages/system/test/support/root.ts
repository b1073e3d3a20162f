import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder with these files, which goes at the end. */
export class Root implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'livepods-root-'))

  constructor(files: Record<string, string>) {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, file)), { recursive: true })
      writeFileSync(join(this.path, file), text)
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true })
  }
}

/** The files of a service that has these variables, each with its default. */
export function service(
  name: string,
  own: object = {},
  variables: Record<string, unknown> = {},
): Record<string, string> {
  const properties = Object.fromEntries(
    Object.entries(variables).map(([variable, value]) => [variable, { default: value }]),
  )
  const declaration = {
    ...{
      kind: 'service',
      name,
      group: 'probe',
      summary: 'is there',
      env: { properties },
      listeners: [],
      opsPort: 9100,
    },
    ...{ calls: {}, replicas: 1, imageMegabytes: 60, onByDefault: true },
    ...own,
  }
  return {
    [`services/${name}/package.json`]: '{ "type": "module" }',
    [`services/${name}/src/main.ts`]: '',
    [`services/${name}/src/service.ts`]: `export const declaration = ${JSON.stringify(declaration)}`,
  }
}

export function listener(name: string, variable = 'PORT'): object {
  return { name, variable, protocol: 'http', reachedBy: 'callers' }
}
