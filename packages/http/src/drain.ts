import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceEnv } from '@livepods/service/env'
import type { Static, TObject } from 'typebox'
import type { App } from './app.ts'
import type { DrainEnv } from './http-env.ts'

type Config = Static<TObject<typeof DrainEnv & Pick<typeof ServiceEnv, 'STOP_WITHIN_SECONDS'>>>

/**
 * Waits while a stopping server still serves, so that its clients leave before it closes: responses say `connection: close`, and load
 * balancers see that the server is not ready.
 */
export async function drain({ DRAIN_SECONDS, STOP_WITHIN_SECONDS }: Config): Promise<void> {
  await sleep(Math.min(DRAIN_SECONDS, STOP_WITHIN_SECONDS / 3) * 1000)
}

/** Closes keep-alive connections with their next response once `draining` has aborted, and while the app closes. */
export function closeConnectionsWhileDraining(app: App, draining: AbortSignal | undefined): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A busy keep-alive connection would hold close() for its whole idle time (fastify closes only those idle at the start).
    if (closing || draining?.aborted) reply.header('connection', 'close')
    done(null, payload)
  })
}
