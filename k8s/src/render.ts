import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findProgram } from '@livepods/system'
import { parseAllDocuments } from 'yaml'
import type { Manifest } from './manifest.ts'

const MAX_BYTES = 16 * 1024 * 1024

/** The folder that `kubectl apply -k` is given. */
export const root = new URL('../', import.meta.url)

/** kubectl, or kustomize; undefined: neither is on this machine. */
export const renderer = findRenderer()

/** What `kubectl apply -k` would send for a folder. Rejects with what is wrong with it. */
export async function render(folder: URL): Promise<Manifest[]> {
  if (!renderer) throw new Error('Neither kubectl nor kustomize is installed: install one of them.')
  const { stdout } = await promisify(execFile)(renderer.program, [...renderer.args, folder.pathname], {
    maxBuffer: MAX_BYTES,
  })
  return parse(stdout)
}

/** Manifests out of YAML, read as kubectl reads it. */
export function parse(yaml: string): Manifest[] {
  return parseAllDocuments(yaml, { version: '1.1', merge: true }).map((document) => document.toJS() as Manifest)
}

function findRenderer(): { program: string; args: string[] } | undefined {
  const kubectl = findProgram(['kubectl'])
  if (kubectl) return { program: kubectl, args: ['kustomize'] }
  const kustomize = findProgram(['kustomize'])
  return kustomize ? { program: kustomize, args: ['build'] } : undefined
}
