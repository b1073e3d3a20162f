import type { Static, TObject } from 'typebox'
import { configOrExit } from './config-or-exit.ts'
import { EnvironmentError } from './environment.ts'
import { createLog, type Log } from './log.ts'
import { OpsServer } from './ops-server.ts'
import type { ServiceEnv } from './service-env.ts'

/** What a service object is constructed with. */
export interface ServiceOptions<Config> {
  config: Config
  log: Log
  ops: OpsServer
  /** Aborts when the process is asked to stop. */
  signal: AbortSignal
}

export interface Running<Config> extends ServiceOptions<Config> {
  /** What is put here is closed in reverse order when the process stops. */
  stack: AsyncDisposableStack
}

export type Start<Config> = (running: Running<Config>) => Promise<void>

type Env = TObject<typeof ServiceEnv>

/**
 * The life of a process: read the environment (exit 78 when it does not fit, 64 when there are arguments), start, be ready, and on
 * SIGTERM, SIGINT or a closed IPC channel stop: not ready, close the stack downward, exit 0, or 1 when STOP_WITHIN_SECONDS passed. A second
 * signal exits at once. A service that has options of its own reads them before, and gives the other `args`.
 */
export async function run<S extends Env>(
  { service, env, args = process.argv.slice(2) }: { service: string; env: S; args?: readonly string[] },
  start: Start<Static<S>>,
): Promise<void> {
  const config = configOrExit(env, args)
  const { HOST, OPS_HOST = HOST, OPS_PORT, LOG_LEVEL, STOP_WITHIN_SECONDS } = config as Static<Env>
  const log = createLog(service, LOG_LEVEL)
  const stack = new AsyncDisposableStack()
  const stopping = new AbortController()
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception; the process ends')
    process.exit(1)
  })

  const stop = async (reason: string) => {
    if (stopping.signal.aborted) process.exit(1)
    log.info({ reason }, 'stopping')
    setTimeout(() => {
      log.error({ STOP_WITHIN_SECONDS }, 'work did not finish within the deadline')
      process.exit(1)
    }, STOP_WITHIN_SECONDS * 1000).unref()
    stopping.abort(new Error('The process is stopping.'))
    await started
    await stack.disposeAsync()
    log.info('stopped')
    process.exit(process.exitCode ?? 0)
  }
  process.on('SIGTERM', () => void stop('SIGTERM'))
  process.on('SIGINT', () => void stop('SIGINT'))
  process.on('disconnect', () => void stop('the supervisor is gone'))

  const started = (async () => {
    const ops = stack.use(await OpsServer.listen({ service, host: OPS_HOST, port: OPS_PORT }))
    stopping.signal.addEventListener('abort', () => (ops.state = 'stopping'))
    log.info({ opsPort: ops.port }, 'starting')
    await start({ config, log, ops, stack, signal: stopping.signal })
    if (stopping.signal.aborted) return
    ops.state = 'ready'
    log.info('ready')
  })().catch((error) => {
    if (stopping.signal.aborted) return
    log.fatal({ err: error }, 'start failed')
    process.exitCode = error instanceof EnvironmentError ? error.exitCode : 1
    queueMicrotask(() => void stop('start failed'))
  })
  await started
}
