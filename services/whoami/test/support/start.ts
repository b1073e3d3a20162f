import { createLog, OpsServer, readEnvironment } from '@livepods/service'
import { Env } from '../../src/config.ts'
import { Identity } from '../../src/identity.ts'
import { Whoami } from '../../src/whoami.ts'

interface Options {
  /** What it is configured with. */
  variables?: Record<string, string>
  /** What `?env=true` shows of. */
  environment?: Record<string, string>
  hostname?: string
  ips?: string[]
}

/** One that listens on 127.0.0.1 in this process. */
export async function startWhoami({ variables = {}, environment = {}, hostname, ips }: Options = {}) {
  const config = readEnvironment(Env, {
    HOST: '127.0.0.1',
    WHOAMI_PORT_NUMBER: '0',
    DRAIN_SECONDS: '0',
    STOP_WITHIN_SECONDS: '4',
    ...variables,
  })
  const ops = await OpsServer.listen({ service: 'whoami', host: '127.0.0.1', port: 0 })
  const stopping = new AbortController()
  const identity = new Identity(config)
  if (hostname !== undefined) Object.defineProperty(identity, 'hostname', { value: hostname })
  if (ips) Object.defineProperty(identity, 'ips', { value: ips })
  const log = createLog('whoami', 'silent')
  const whoami = new Whoami({ config, log, ops, signal: stopping.signal, environment, identity })
  await whoami.start()
  return {
    port: whoami.port,
    url: `http://127.0.0.1:${whoami.port}`,
    /** As a process that is asked to stop. */
    stop: async () => {
      stopping.abort()
      await whoami[Symbol.asyncDispose]()
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await whoami[Symbol.asyncDispose]()
      await ops[Symbol.asyncDispose]()
    },
  }
}

export type Started = Awaited<ReturnType<typeof startWhoami>>
