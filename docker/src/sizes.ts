// node docker/src/sizes.ts [--write]: the sizes of the images above their Node base, as a table, or into that of docker/README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { declarationsIn } from '@livepods/system'
import { docker, ownServices } from './engine.ts'
import { NODE_IMAGE } from './node-image.ts'

const README = new URL('../README.md', import.meta.url)
const TABLE = /(\| image [^\n]*\n\| -[^\n]*\n)(?:\|[^\n]*\n)*/
const MEGABYTE = 1_000_000

/** Megabytes that an image may have above its Node base. */
export const LIMITS: Record<string, number> = Object.fromEntries(
  (await declarationsIn()).flatMap(({ name, image = name, imageMegabytes }) =>
    imageMegabytes === undefined ? [] : [[image, imageMegabytes]],
  ),
)

/** What an image has above its Node base, in megabytes, by the last part of its name. */
export async function sizes(): Promise<Map<string, number>> {
  const base = await sizeOf(NODE_IMAGE)
  const all = new Map<string, number>()
  for (const { image } of (await ownServices()).values())
    all.set(shortName(image), ((await sizeOf(image)) - base) / MEGABYTE)
  return all
}

/** ghcr.io/livepods/livepods-receiver:0.1.0 → receiver */
export function shortName(image: string): string {
  return image.replace(/^.*\/livepods-/, '').replace(/:[^:]*$/, '')
}

async function sizeOf(image: string): Promise<number> {
  return Number(await docker('image', 'inspect', '--format', '{{.Size}}', image))
}

if (import.meta.main) {
  const rows = [...(await sizes())].sort(([a], [b]) => a.localeCompare(b)).map(([name, size]) => row(name, size))
  if (process.argv.includes('--write'))
    writeFileSync(
      README,
      readFileSync(README, 'utf8').replace(TABLE, (_all, head: string) => head + rows.join('')),
    )
  else console.log(`above their Node base:\n${rows.join('')}`)
}

function row(name: string, size: number): string {
  return `| ${name.padEnd(16)} | ${`${Math.ceil(size)} MB`.padStart(5)} | ${`${LIMITS[name]} MB`.padStart(7)} |\n`
}
