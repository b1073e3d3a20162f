import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Manifest, titleOf } from './manifest.ts'
import { isOwn, moduleOf } from './schema.ts'

const cache = new URL('../node_modules/.cache/', import.meta.url)

/**
 * Fields that no version of Kubernetes knows, which validators let through: every manifest is written as a literal of its type, and tsc
 * finds the properties that are too many. The same manifest is looked at once.
 */
export async function unknownFields(manifests: Manifest[]): Promise<string[]> {
  const unique = [...new Map(manifests.map((manifest) => [JSON.stringify(manifest), manifest])).values()].filter(
    (manifest) => !isOwn(manifest),
  )
  await mkdir(cache, { recursive: true })
  // Inside the package, so that tsc finds its dependencies.
  const folder = await mkdtemp(fileURLToPath(new URL('manifests-', cache)))
  try {
    await writeFile(`${folder}/manifests.ts`, unique.map(literalOf).join('\n'))
    const output = await typecheck(`${folder}/manifests.ts`)
    return [...output.matchAll(/manifests\.ts\((\d+),\d+\): error (.*)/g)].map(([, line, fault]) => {
      const manifest = unique[Math.floor((Number(line) - 1) / LINES)]
      return `${manifest ? titleOf(manifest) : 'a manifest'}: ${fault}`
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

const LINES = 2

function literalOf(manifest: Manifest, index: number): string {
  const type = `import('${moduleOf(manifest)}/${manifest.kind}').I${manifest.kind}`
  return `// ${titleOf(manifest)}\nexport const m${index}: ${type} = ${JSON.stringify(manifest)}`
}

async function typecheck(file: string): Promise<string> {
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--types',
    '',
  ]
  const tsc = spawn('tsc', [...options, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  return await text(tsc.stdout)
}
