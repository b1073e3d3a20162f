import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Up to the closing brace; a help may have expressions in it. */
const DECLARATION = /\b(counter|gauge|histogram)\(\{\s*name: '([a-z_]+)'((?:[^{}]|\$\{[^}]*\})*)\}/g

const repository = fileURLToPath(new URL('../../', import.meta.url))

export interface DeclaredMetric {
  kind: string
  labels: string[]
  /** The values of its label are declared, too. */
  hasValues: boolean
}

/** The metrics that the sources declare, by their names without "livepods_". */
export async function declaredMetrics(): Promise<Map<string, DeclaredMetric>> {
  const metrics = new Map<string, DeclaredMetric>()
  for await (const file of glob('{services,packages}/*/src/**/*.ts', { cwd: repository })) {
    const source = await readFile(`${repository}${file}`, 'utf8')
    for (const [, kind = '', name = '', rest = ''] of source.matchAll(DECLARATION)) {
      const [, list = ''] = /labels: \[([^\]]*)\]/.exec(rest) ?? []
      const labels = [...list.matchAll(/'(\w+)'/g)].map(([, label = '']) => label)
      metrics.set(name, { kind, labels, hasValues: /\bvalues\b/.test(rest) })
    }
  }
  return metrics
}
