import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** Starts support/service.ts with these variables; `until` resolves when its output matches. */
export function startProcess(environment: Record<string, string> = {}, args: string[] = []) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('service.ts', import.meta.url)), ...args], {
    env: { HOST: '127.0.0.1', OPS_PORT: '0', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  // Not the event 'close': it never comes after disconnect().
  const ended = [once(child, 'exit'), once(child.stdout as Readable, 'close'), once(child.stderr as Readable, 'close')]
  const exited = Promise.all(ended).then(([exit]) => (exit?.[0] ?? exit?.[1]) as number | string)
  const until = async (pattern: RegExp): Promise<RegExpMatchArray> => {
    for (;;) {
      const match = output.match(pattern)
      if (match) return match
      await Promise.race([once(child.stdout as Readable, 'data'), exited.then(() => Promise.reject(new Error(output)))])
    }
  }
  return { child, exited, until, output: () => output }
}
