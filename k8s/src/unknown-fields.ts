import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type Manifest, titleOf } from './manifest.ts'
import { isOwn, moduleOf } from './schema.ts'
import { scratchFolder } from './scratch-folder.ts'

/**
 * Fields that no version of Kubernetes knows, which validators let through: every manifest is written as a literal of its type, and tsc
 * finds the properties that are too many. The same manifest is looked at once.
 */
export async function unknownFields(manifests: Manifest[]): Promise<string[]> {
  const unique = [...new Map(manifests.map((manifest) => [JSON.stringify(manifest), manifest])).values()].filter(
    (manifest) => !isOwn(manifest),
  )
  const folder = await scratchFolder('manifests')
  try {
    await writeFile(`${folder}/manifests.ts`, unique.map(literalOf).join('\n'))
    const { output, failed } = await typecheck(`${folder}/manifests.ts`)
    const faults = [...output.matchAll(/manifests\.ts\((\d+),\d+\): error (.*)/g)].map(([, line, fault]) => {
      const manifest = unique[Math.floor((Number(line) - 1) / LINES)]
      return `${manifest ? titleOf(manifest) : 'a manifest'}: ${fault}`
    })
    if (failed && faults.length === 0) throw new Error(`tsc did not look at the manifests: ${output}`)
    return faults
  } finally {
    await rm(folder, { recursive: true })
  }
}

const LINES = 2

function literalOf(manifest: Manifest, index: number): string {
  const type = `import('${moduleOf(manifest)}/${manifest.kind}').I${manifest.kind}`
  return `// ${titleOf(manifest)}\nexport const m${index}: ${type} = ${JSON.stringify(manifest)}`
}

async function typecheck(file: string): Promise<{ output: string; failed: boolean }> {
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--pretty',
    'false',
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
  const [output, [code]] = await Promise.all([text(tsc.stdout), once(tsc, 'close')])
  return { output, failed: code !== 0 }
}
