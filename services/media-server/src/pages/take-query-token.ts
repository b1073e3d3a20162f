import type { IncomingMessage } from 'node:http'

/** Lets the address of a page carry a token (`?token=`), as addresses of media do: a link then opens the player too. */
export function takeQueryToken({ method, url = '', headers }: IncomingMessage): void {
  if ((method !== 'GET' && method !== 'HEAD') || headers.authorization !== undefined) return
  const at = url.indexOf('?')
  const token = at < 0 ? null : new URLSearchParams(url.slice(at)).get('token')
  if (token) headers.authorization = `Bearer ${token}`
}
