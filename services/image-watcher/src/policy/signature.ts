import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { fields } from '../fields.ts'
import { InvalidReferenceError, parseReference } from '../registry/reference.ts'
import { AnnotationError } from './errors.ts'

/** What was signed, and by what; whose it is says only the key. */
export interface Signature {
  /** simple: cosign's own payload; dsse: an in-toto statement in an envelope, as cosign 3 writes it. */
  form: 'simple' | 'dsse'
  payload: Buffer
  signature: Buffer
}

/** The image that has to be signed. */
export interface Signed {
  host: string
  repository: string
  digest: string
}

const STATEMENT = 'application/vnd.in-toto+json'
/** An attestation, a bill of materials for instance, is no signature of the image, though the same key may have signed it. */
const SIGNATURE_TYPES = ['cosign container image signature', 'https://sigstore.dev/cosign/sign/v1']

/** A public key (PEM), as `cosign generate-key-pair` has it in cosign.pub. Throws AnnotationError. */
export function publicKey(pem: string, name: string): KeyObject {
  try {
    return createPublicKey(pem)
  } catch (cause) {
    throw new AnnotationError(`${name} is no public key in PEM.`, { cause })
  }
}

/** Whether the key signed this, and what it signed is a signature of this image. */
export function isSigned({ form, payload, signature }: Signature, key: KeyObject, image: Signed): boolean {
  const bytes = form === 'dsse' ? preAuthenticated(payload) : payload
  return isBy(key, bytes, signature) && (form === 'dsse' ? isStatementOf : isPayloadOf)(payload, image)
}

function isBy(key: KeyObject, bytes: Buffer, signature: Buffer): boolean {
  try {
    const digest = key.asymmetricKeyType?.startsWith('ed') ? null : 'sha256'
    return verify(digest, bytes, key, signature)
  } catch {
    // Not of the form that the key's algorithm has.
    return false
  }
}

/** https://github.com/containers/image/blob/main/docs/containers-signature.5.md */
function isPayloadOf(payload: Buffer, image: Signed): boolean {
  const { identity, image: signed, type } = fields(fields(payload.toString('utf8')).critical)
  return (
    SIGNATURE_TYPES.includes(`${type}`) &&
    fields(signed)['docker-manifest-digest'] === image.digest &&
    isNameOf(fields(identity)['docker-reference'], image)
  )
}

/** https://github.com/in-toto/attestation: its subjects have names only where the signer gave them some. */
function isStatementOf(payload: Buffer, image: Signed): boolean {
  const { predicateType, subject } = fields(payload.toString('utf8'))
  const [algorithm = '', hex] = image.digest.split(':')
  return (
    SIGNATURE_TYPES.includes(`${predicateType}`) &&
    Array.isArray(subject) &&
    subject
      .map(fields)
      .some(({ name, digest }) => fields(digest)[algorithm] === hex && (!name || isNameOf(name, image)))
  )
}

function isNameOf(name: unknown, { host, repository }: Signed): boolean {
  try {
    const reference = parseReference(`${name}`)
    return reference.host === host && reference.repository === repository
  } catch (error) {
    if (error instanceof InvalidReferenceError) return false
    throw error
  }
}

/** What an envelope signs: the payload, with its type and both lengths (https://github.com/secure-systems-lab/dsse). */
function preAuthenticated(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${STATEMENT.length} ${STATEMENT} ${payload.length} `), payload])
}
