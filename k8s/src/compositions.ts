import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Manifest } from './manifest.ts'
import { render, root } from './render.ts'
import { scratchFolder } from './scratch-folder.ts'

/** Names of the overlays, and of the components. */
export async function namesIn(folder: 'overlays' | 'components'): Promise<string[]> {
  return (await readdir(new URL(folder, root))).sort()
}

/** What a kustomization with an overlay (or base) and components renders to. */
export async function compose(below: string, components: string[]): Promise<Manifest[]> {
  if (components.length === 0) return await render(new URL(`${below}/`, root))
  // kustomize takes no absolute paths.
  const folder = await scratchFolder('composition')
  const path = (to: string) => relative(folder, fileURLToPath(new URL(to, root)))
  const kustomization = {
    resources: [path(below)],
    components: components.map((component) => path(`components/${component}`)),
  }
  try {
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
    return await render(pathToFileURL(folder))
  } finally {
    await rm(folder, { recursive: true })
  }
}
