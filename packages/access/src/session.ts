import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Entry, TokenList } from './token-list.ts'

/** A browser is asked for the token once a month. */
export const SESSION_SECONDS = 30 * 24 * 3600

/**
 * A session: what a browser keeps in place of the token, `id.end.signature`. It is signed with a key derived from the token, so that every
 * replica can verify it, and it ends with the token.
 */
export function sealSession({ id, sessionKey }: Entry, now = Date.now()): string {
  const end = Math.floor(now / 1000) + SESSION_SECONDS
  return `${id}.${end}.${sign(sessionKey, id, end).toString('base64url')}`
}

/** The token that a session was made from, or undefined when it is forged, past its end, or its token is gone. */
export function openSession(session: string, tokens: TokenList, now = Date.now()): Entry | undefined {
  const [, id = '', end, signature = ''] = /^([0-9a-f]{12})\.(\d{1,12})\.([\w-]{43})$/.exec(session) ?? []
  const entry = tokens.withId(id)
  if (!entry || Number(end) * 1000 < now) return undefined
  const expected = sign(entry.sessionKey, id, Number(end))
  return timingSafeEqual(expected, Buffer.from(signature, 'base64url')) ? entry : undefined
}

function sign(key: Buffer, id: string, end: number): Buffer {
  return createHmac('sha256', key).update(`${id}.${end}`).digest()
}
