import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'
import type { App } from './app.ts'

/** What a page of ours may load: only what comes from its own origin; nothing inline. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    mediaSrc: ["'self'", 'blob:'],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
}

/** Sets helmet's headers on every answer; a reply that is hijacked has them in `reply.getHeaders()`. */
export function secureAnswers(app: App): void {
  const headers = securityHeaders()
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}

/** They depend on no request: asked for once, not for each, which was a seventh of what a post cost the receiver. */
function securityHeaders(): Record<string, string> {
  const headers: Record<string, string> = {}
  const secure = helmet({
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    // Without TLS in front these two break a plain HTTP page.
    strictTransportSecurity: false,
    originAgentCluster: false,
    // Not no-referrer: with that a form of our own says that its origin is "null".
    referrerPolicy: { policy: 'same-origin' },
  })
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name] = value
    },
    removeHeader: () => {},
  }
  secure({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error) throw error
  })
  return headers
}
