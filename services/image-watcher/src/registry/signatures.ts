import { fields } from '../fields.ts'
import type { Signature } from '../policy/signature.ts'
import { RegistryError } from './errors.ts'
import { isDigest } from './reference.ts'

/** Reads JSON of a repository. Rejects with RegistryError. */
export interface Artifacts {
  manifest: (reference: string) => Promise<unknown>
  blob: (digest: string) => Promise<Buffer>
  referrers: (digest: string) => Promise<unknown>
}

interface Descriptor {
  mediaType: string
  digest: string
  artifactType: string
  annotations: Record<string, unknown>
}

const PAYLOAD = 'application/vnd.dev.cosign.simplesigning.v1+json'
const SIGNATURE = 'dev.cosignproject.cosign/signature'
const ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json'
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle\.v\d+\.\d+\+json$/
/** More signatures, or referrers, are not looked at. */
const MOST = 20

/**
 * What cosign has left beside an image, in all places where it puts it: the tag `sha256-<hex>.sig`, and referrers (OCI distribution
 * specification 1.1), for which registries without that API have the tag `sha256-<hex>`. Nothing of it is verified yet. Rejects with
 * RegistryError when the registry does not say.
 */
export async function* signaturesOf(artifacts: Artifacts, digest: string): AsyncGenerator<Signature> {
  const tag = digest.replace(':', '-')
  yield* inManifest(artifacts, await orNothing(artifacts.manifest(`${tag}.sig`)))
  const index = (await orNothing(artifacts.referrers(digest))) ?? (await orNothing(artifacts.manifest(tag)))
  const referrers = descriptors(index, 'manifests').filter(
    ({ artifactType }) => artifactType === ARTIFACT || BUNDLE.test(artifactType),
  )
  for (const referrer of referrers.slice(0, MOST))
    yield* inManifest(artifacts, await orNothing(artifacts.manifest(referrer.digest)))
}

async function* inManifest({ blob }: Artifacts, manifest: unknown): AsyncGenerator<Signature> {
  for (const { mediaType, digest, annotations } of descriptors(manifest, 'layers').slice(0, MOST)) {
    const signature = annotations[SIGNATURE]
    if (mediaType === PAYLOAD && typeof signature === 'string')
      yield { form: 'simple', payload: await blob(digest), signature: Buffer.from(signature, 'base64') }
    else if (BUNDLE.test(mediaType)) yield* inBundle(await blob(digest))
  }
}

function* inBundle(bytes: Buffer): Generator<Signature> {
  const { dsseEnvelope } = fields(bytes.toString('utf8'))
  const { payload, signatures } = fields(dsseEnvelope)
  if (typeof payload !== 'string' || !Array.isArray(signatures)) return
  for (const { sig } of signatures.slice(0, MOST).map(fields))
    if (typeof sig === 'string')
      yield { form: 'dsse', payload: Buffer.from(payload, 'base64'), signature: Buffer.from(sig, 'base64') }
}

/** A registry without an API for it answers 404, or leads to a page; where there is no such tag, there is nothing in it. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RegistryError && ['MISSING', 'INVALID'].includes(error.code)) return undefined
    throw error
  }
}

function descriptors(manifest: unknown, list: 'layers' | 'manifests'): Descriptor[] {
  const all = fields(manifest)[list]
  if (!Array.isArray(all)) return []
  return all
    .map(fields)
    .flatMap(({ mediaType, digest, artifactType, annotations }) =>
      typeof digest === 'string' && isDigest(digest)
        ? [{ mediaType: `${mediaType}`, digest, artifactType: `${artifactType}`, annotations: fields(annotations) }]
        : [],
    )
}
