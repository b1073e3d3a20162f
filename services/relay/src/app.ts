import { type App, createApp } from '@livepods/http'
import { type MessageHandlerOptions, messageHandler } from './message-handler.ts'
import { translate } from './problems.ts'
import { type WaitingRoutesOptions, waitingRoutes } from './waiting-routes.ts'

export interface Parts extends Omit<MessageHandlerOptions, 'intake'>, WaitingRoutesOptions {}

/** Messages, and what waits, over HTTP, not listening yet. */
export function buildApp({ waiting, deadLetters, intake, answers, pump, ...parts }: Parts): App {
  const { log, access, trustProxy, draining } = parts
  const app = createApp({
    log,
    access,
    trustProxy,
    ...(draining && { draining }),
    translate,
    handleFirst: messageHandler({ intake, answers, ...parts }),
    api: {
      title: 'relay',
      description: `Stores messages until a sink has taken them. POST /relay.php, /v1/messages and /v1/messages/batch take them as
        those of the sink do; 202: stored.`,
    },
  })
  app.register(waitingRoutes, { waiting, deadLetters, intake, pump })
  return app
}
