import type { App } from './app.ts'

/** What a page of ours may load: only what comes from its own origin; nothing inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join(';')

/**
 * On every answer. Those of helmet 8, without Strict-Transport-Security and Origin-Agent-Cluster, which break a plain HTTP page when
 * there is no TLS in front; @fastify/helmet made them anew for each request, a seventh of what a post costs the receiver.
 */
const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
}

/** Sets them before anything else happens; a reply that is hijacked has them in `reply.getHeaders()`. */
export function secureAnswers(app: App): void {
  app.addHook('onRequest', (_request, reply, done) => {
    // Not on the raw response: headers that are there already make its writeHead merge one by one.
    reply.headers(SECURITY_HEADERS)
    done()
  })
}
