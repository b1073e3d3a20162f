import type { Role } from '@livepods/access'
import type { App } from './app.ts'

/** Who may call a route; open: everybody, for what a browser needs before it is signed in. */
export type RouteRole = Role | 'open'

/** The `config` of a route. */
export interface RouteConfig {
  role?: RouteRole
  /** Milliseconds until a request that has no answer gets 503, where that is not the app's time. */
  answerWithinMs?: number
  /** The answer is a stream, or comes when there is news: no time limit. */
  streams?: boolean
  /** The body as the API's description shows it, where it may have several media types and only one is validated as JSON. */
  describedBody?: object
  /** It is asked so often that a success is logged at debug only. */
  isFrequent?: boolean
}

declare module 'fastify' {
  interface FastifyContextConfig extends RouteConfig {}
}

const KEYS: Record<keyof RouteConfig, true> = {
  ...{ role: true, answerWithinMs: true, streams: true, describedBody: true, isFrequent: true },
}

/** Refuses a route whose `config` has an unknown key: a misspelt one would be a time limit, or a role, that is missing. */
export function checkRouteConfigs(app: App): void {
  app.addHook('onRoute', ({ method, url, config = {} }) => {
    const unknown = Object.keys(config).filter((key) => !Object.hasOwn(KEYS, key))
    if (unknown.length > 0)
      throw new Error(`${method} ${url} has unknown keys in its config: ${unknown}. Known: ${Object.keys(KEYS)}.`)
  })
}
