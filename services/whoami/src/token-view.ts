import { constants, createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { bearerOf } from '@livepods/access'
import { BadRequestError } from './bad-request-error.ts'
import type { Exchange } from './exchange.ts'
import { shown } from './size.ts'

const FORWARDED = 'x-forwarded-access-token'

/** `/jwt`: what stands in the token of a request. It is neither stored nor logged. */
export async function tokenView(exchange: Exchange, { jwksFile }: { jwksFile: string | undefined }): Promise<void> {
  const { from, token } = tokenOf(exchange)
  const [head = '', body = '', signature = '', ...rest] = token.split('.')
  const [header, claims] = [jsonOf(head), jsonOf(body)]
  if (!header || !claims || rest.length > 0 || signature === '')
    throw new BadRequestError(`${from} holds no JSON Web Token: three parts in base64url, separated by dots.`)
  exchange.replyJson(200, {
    from,
    header,
    claims,
    ...timesOf(claims),
    signature: await signatureOf({ header, signed: `${head}.${body}`, signature, jwksFile }),
  })
}

function tokenOf(exchange: Exchange): { from: string; token: string } {
  const { headers } = exchange.request
  const asked = exchange.query.get('header')
  if (asked !== null) {
    const value = String(headers[asked.toLowerCase()] ?? '')
    return found(shown(asked), bearerOf(value) ?? value.trim())
  }
  const bearer = bearerOf(headers.authorization)
  if (bearer !== undefined) return { from: 'Authorization', token: bearer }
  return found('X-Forwarded-Access-Token', String(headers[FORWARDED] ?? '').trim())
}

function found(from: string, token: string): { from: string; token: string } {
  if (token !== '') return { from, token }
  throw new BadRequestError(
    `There is no token in ${from}. Send one in Authorization (Bearer), in X-Forwarded-Access-Token, or name its field: ?header=X-Token.`,
  )
}

function jsonOf(part: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Times as people read them. */
function timesOf({ iat, nbf, exp }: Record<string, unknown>) {
  const now = Date.now() / 1000
  return {
    issuedAt: timeOf(iat),
    notBefore: timeOf(nbf),
    expires: timeOf(exp),
    secondsLeft: typeof exp === 'number' ? Math.round(exp - now) : null,
    isExpired: typeof exp === 'number' ? exp <= now : null,
  }
}

function timeOf(seconds: unknown): string | null {
  const isTime = typeof seconds === 'number' && Math.abs(seconds) < 8.64e12
  return isTime ? new Date(seconds * 1000).toISOString() : null
}

interface Signed {
  header: Record<string, unknown>
  signed: string
  signature: string
  jwksFile: string | undefined
}

type Key = JsonWebKey & { kid?: string; alg?: string; use?: string }

/** Which hash and which kind of key each algorithm takes (RFC 7518, 3.1; RFC 8037). */
const ALGORITHMS: Record<string, { hash: string | null; type: string; pss?: boolean; raw?: boolean }> = {
  RS256: { hash: 'sha256', type: 'RSA' },
  RS384: { hash: 'sha384', type: 'RSA' },
  RS512: { hash: 'sha512', type: 'RSA' },
  PS256: { hash: 'sha256', type: 'RSA', pss: true },
  PS384: { hash: 'sha384', type: 'RSA', pss: true },
  PS512: { hash: 'sha512', type: 'RSA', pss: true },
  ES256: { hash: 'sha256', type: 'EC', raw: true },
  ES384: { hash: 'sha384', type: 'EC', raw: true },
  ES512: { hash: 'sha512', type: 'EC', raw: true },
  EdDSA: { hash: null, type: 'OKP' },
}

/** A sentence about the signature. The file is read for each request, so that new keys count at once. */
async function signatureOf({ header, signed, signature, jwksFile }: Signed): Promise<string> {
  if (jwksFile === undefined) return 'signature not checked'
  const algorithm = ALGORITHMS[String(header.alg)]
  if (!algorithm) return `signature not checked: ${shown(String(header.alg))} is no algorithm with public keys`
  const keys = (await keysOf(jwksFile)).filter(
    ({ kty, kid }) => kty === algorithm.type && (header.kid === undefined || kid === header.kid),
  )
  if (keys.length === 0) return 'signature not checked: no key of JWKS_FILE fits'
  const isValid = keys.some((key) => isSignedBy(key, algorithm, signed, signature))
  return isValid ? 'signature valid' : 'signature wrong'
}

async function keysOf(file: string): Promise<Key[]> {
  try {
    const { keys } = JSON.parse(await readFile(file, 'utf8')) as { keys: Key[] }
    return keys.filter(({ use = 'sig' }) => use === 'sig')
  } catch (cause) {
    throw new BadRequestError('JWKS_FILE of this server cannot be read.', { status: 500, cause })
  }
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }

function isSignedBy(
  key: Key,
  { hash, pss, raw }: (typeof ALGORITHMS)[string],
  signed: string,
  signature: string,
): boolean {
  const options = {
    key: createPublicKey({ key, format: 'jwk' }),
    ...(pss && PSS),
    ...(raw && { dsaEncoding: 'ieee-p1363' as const }),
  }
  return verify(hash, Buffer.from(signed), options, Buffer.from(signature, 'base64url'))
}
