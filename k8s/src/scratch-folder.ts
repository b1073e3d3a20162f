import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))

/** A new folder inside the package, where programs find its dependencies and kustomize its manifests. */
export async function scratchFolder(purpose: string): Promise<string> {
  await mkdir(cache, { recursive: true })
  return await mkdtemp(join(cache, `${purpose}-`))
}
