import { SESSION_SECONDS } from '@livepods/access'
import type { FastifyReply, FastifyRequest } from 'fastify'

const NAME = 'livepods_session'

/** The session in a `cookie` header. */
export function sessionOf(cookie: string | undefined): string | undefined {
  return cookie
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${NAME}=`))
    ?.slice(NAME.length + 1)
}

/** Has the browser keep the session, out of the reach of scripts and other sites; '' ends it. */
export function keepSession(reply: FastifyReply, request: FastifyRequest, session: string): void {
  const age = session === '' ? 0 : SESSION_SECONDS
  const secure = isEncrypted(request) ? '; Secure' : ''
  reply.header('set-cookie', `${NAME}=${session}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`)
}

/** Directly, or as a proxy in front says; who lies about it only loses the cookie on plain HTTP. */
function isEncrypted({ protocol, headers }: FastifyRequest): boolean {
  const [forwarded] = String(headers['x-forwarded-proto'] ?? '').split(',')
  return protocol === 'https' || forwarded?.trim() === 'https'
}
