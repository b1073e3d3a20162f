import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

/** `pnpm dev` as a process, with everything it keeps in `directory`; it ends with the test. */
export function startDevelopment(directory: string, ...args: string[]) {
  return startWith({}, directory, ...args)
}

/** The same with variables in its environment. */
export function startWith(environment: Record<string, string>, directory: string, ...args: string[]) {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, '--directory', directory, ...args], {
    // Without the database that the test run may offer: a laptop has none. Nor has it what would be refused.
    env: {
      ...{ ...process.env, MYSQL_CONNECTION: '', HOST: '', PORT: '', OPS_PORT: '' },
      ...{ NO_COLOR: '1', FACE_WORKERS: '1', ...environment },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  after(() => child.kill('SIGTERM'))
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line))
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  /** Resolves with the first line that matches, from the beginning. */
  const says = async (pattern: RegExp): Promise<RegExpMatchArray> => {
    for (;;) {
      const match = lines.map((line) => line.match(pattern)).find(Boolean)
      if (match) return match
      const ended = exited.then((end) => Promise.reject(new Error(`It ended (${end}):\n${lines.join('\n')}`)))
      await Promise.race([once(reader, 'line'), ended])
    }
  }
  return { child, exited, says, lines }
}
