import { hash } from 'node:crypto'
import { RegistryError } from './errors.ts'
import type { Answer } from './exchange.ts'
import { isDigest } from './reference.ts'

/** An index and a manifest, of OCI and of Docker: without these a registry answers another one, with another digest, or 404. */
export const MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** What is known of a tag. */
export interface TagState {
  digest: string
  /** To ask whether it is still so. */
  etag?: string
}

/** Asks for a manifest with these headers; all answers but 200 and 304 are rejections. */
export type AskManifest = (
  method: 'GET' | 'HEAD',
  reference: string,
  headers: Record<string, string>,
) => Promise<Answer>

const ACCEPT = { accept: MEDIA_TYPES.join(', ') }

/** The digest that a tag has, of the index where there is one. Rejects with RegistryError. */
export async function readTag(ask: AskManifest, tag: string, known?: TagState): Promise<TagState> {
  const head = await ask('HEAD', tag, { ...ACCEPT, ...(known?.etag && { 'if-none-match': known.etag }) })
  // It says nothing but that nothing changed.
  if (head.status === 304) {
    if (known) return known
    throw new RegistryError('INVALID', `${head.url.host} answered 304 to a request without a condition.`)
  }
  checkType(head)
  const digest = head.headers['docker-content-digest']
  if (digest === undefined) return { digest: digestOf(await ask('GET', tag, ACCEPT)) }
  if (typeof digest !== 'string' || !isDigest(digest))
    throw new RegistryError('INVALID', `${head.url.host} answered "${`${digest}`.slice(0, 100)}" for a digest.`)
  const { etag } = head.headers
  return { digest, ...(etag !== undefined && { etag }) }
}

/** Resolves when the registry has a manifest of this digest, and it is that manifest. Rejects with RegistryError. */
export async function confirmDigest(ask: AskManifest, digest: string): Promise<void> {
  const answer = await ask('GET', digest, ACCEPT)
  const found = digestOf(answer, digest.startsWith('sha512:') ? 'sha512' : 'sha256')
  if (found !== digest)
    throw new RegistryError('INVALID', `${answer.url.host} has ${found} where it should have ${digest}.`)
}

function digestOf(answer: Answer, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  checkType(answer)
  return `${algorithm}:${hash(algorithm, answer.body, 'hex')}`
}

/** A manifest of schema 1 is signed, so its bytes do not have its digest; a page of HTML is none. */
function checkType({ headers, url }: Answer): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  if (type !== '' && !MEDIA_TYPES.includes(type.trim().toLowerCase()))
    throw new RegistryError('INVALID', `${url.host} answered ${type.slice(0, 100)}, which is no manifest.`)
}
