import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eventually } from './eventually.ts'

export interface SpawnedService extends AsyncDisposable {
  process: ChildProcess
  /** http://127.0.0.1:<ops port>; empty when the process ended before it had one. */
  ops: string
  /** Everything that it wrote to stdout and stderr until now. */
  output(): string
  /** The match of `pattern` in its output, as soon as there is one: what a process wrote may be read after its answer to a request. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves when /readyz says so; rejects when the process ends first. */
  ready(withinMs?: number): Promise<void>
  /** The exit code, or the name of the signal that ended it. */
  exited: Promise<number | string>
  /** Sends the signal and resolves with the exit code, or the signal's name. */
  stop(signal?: NodeJS.Signals): Promise<number | string>
}

/**
 * Starts `main` (URL of a service's main.ts) as a process of its own with only the given variables, and resolves when its ops port
 * listens or it has ended.
 */
export async function spawnService(
  main: URL,
  environment: Record<string, string>,
  args: string[] = [],
): Promise<SpawnedService> {
  const child = spawn(process.execPath, [fileURLToPath(main), ...args], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      OPS_PORT: '0',
      STOP_WITHIN_SECONDS: '10',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const started = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const [, opsPort] = /"opsPort":(\d+)/.exec(output) ?? []
      if (opsPort) started.resolve(`http://127.0.0.1:${opsPort}`)
    })
  }
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  const ops = await Promise.race([started.promise, exited.then(() => '')])
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return await exited
  }
  return {
    process: child,
    ops,
    exited,
    output: () => output,
    said: (pattern) =>
      eventually(() => {
        const match = pattern.exec(output)
        if (!match) throw new Error(`The process did not say ${pattern}:\n${output}`)
        return match
      }),
    stop,
    ready: async (withinMs = 120_000) => {
      const ready = eventually(
        async () => {
          const { status } = await fetch(`${ops}/readyz`)
          if (status !== 200) throw new Error(`not ready: ${status}`)
        },
        { withinMs },
      )
      const ended = exited.then((end) => {
        throw new Error(`The process ended (${end}) before it was ready:\n${output}`)
      })
      await Promise.race([ready, ended])
    },
    [Symbol.asyncDispose]: async () => {
      await stop('SIGKILL')
    },
  }
}
