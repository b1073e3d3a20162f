import type { Static, TObject } from 'typebox'
import { configOrExit } from './config-or-exit.ts'
import { createLog } from './log.ts'
import type { Running } from './run.ts'
import type { ServiceEnv } from './service-env.ts'

type Env = TObject<Pick<typeof ServiceEnv, 'LOG_LEVEL'>>

/**
 * The life of a process that does one thing and ends: exit 0 when it is done, 1 when it failed, 143 when SIGTERM or SIGINT came first.
 * A job that has options of its own reads them before, and gives no `args`.
 */
export async function runJob<S extends Env>(
  { service, env, args = process.argv.slice(2) }: { service: string; env: S; args?: readonly string[] },
  work: (job: Omit<Running<Static<S>>, 'ops'>) => Promise<void>,
): Promise<void> {
  const config = configOrExit(env, args)
  const log = createLog(service, (config as Static<Env>).LOG_LEVEL)
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => stopping.abort(new Error(`The job was stopped by ${signal}.`)))
  }
  process.on('disconnect', () => stopping.abort(new Error('The supervisor is gone.')))
  try {
    await using stack = new AsyncDisposableStack()
    await work({ config, log, stack, signal: stopping.signal })
  } catch (error) {
    log.error({ err: error }, 'job failed')
    process.exitCode = stopping.signal.aborted ? 143 : 1
  }
  process.exit()
}
