import type { FastifyReply } from 'fastify'
import type { Html } from './html.ts'

/** Answers with a page that nobody keeps. */
export async function sendPage(reply: FastifyReply, page: Html, status = 200): Promise<FastifyReply> {
  return reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(String(await page))
}
