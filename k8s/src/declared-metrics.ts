import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Names of the metrics that the sources declare, without "livepods_". */
export async function declaredMetrics(): Promise<Set<string>> {
  const names = new Set<string>()
  for await (const file of glob('{services,packages}/*/src/**/*.ts', { cwd: repository })) {
    const source = await readFile(`${repository}${file}`, 'utf8')
    for (const [, name = ''] of source.matchAll(/\b(?:counter|gauge|histogram)\(\{\s*name: '([a-z_]+)'/g))
      names.add(name)
  }
  return names
}
