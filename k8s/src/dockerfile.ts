import { root } from './render.ts'

const FOLDERS: Record<string, string> = { migrator: 'sql', nsq: 'packages/nsq' }

/** The Dockerfile of an image; undefined for one that is not ours. */
export function dockerfileOf(image: string): URL | undefined {
  const [, name] = /\/livepods-([a-z-]+)[:@]/.exec(image) ?? []
  return name === undefined ? undefined : new URL(`../${FOLDERS[name] ?? `services/${name}`}/Dockerfile`, root)
}
