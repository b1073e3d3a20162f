import assert from 'node:assert/strict'

export interface HttpReply {
  status: number
  headers: Headers
  text: string
}

/** One request to `host:port`; never throws for a status. */
export async function http(
  address: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: string | Uint8Array,
): Promise<HttpReply> {
  const init = body === undefined ? { method } : { method, body: Buffer.from(body) }
  const response = await fetch(`http://${address}${path}`, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** GETs JSON; the caller says its shape. */
export async function json<T>(address: string, path: string): Promise<T> {
  const { status, text } = await http(address, 'GET', path)
  assert.equal(status, 200, text)
  return JSON.parse(text) as T
}

/** POSTs what must be answered 200 with an empty body. */
export async function post(address: string, path: string): Promise<void> {
  const { status, text } = await http(address, 'POST', path)
  assert.deepEqual([status, text], [200, ''], path)
}

/** POSTs what must be refused, and how. */
export async function refused(
  address: string,
  path: string,
  status: number,
  message: string,
  body?: string | Uint8Array,
): Promise<void> {
  const reply = await http(address, 'POST', path, body)
  assert.deepEqual([reply.status, reply.text], [status, JSON.stringify({ message })], path)
}
