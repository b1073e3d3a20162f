import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ending, type Started } from './started.ts'

export interface NodeProgram {
  main: URL
  environment: Record<string, string>
  /** Gets every line that the process writes. */
  onLine: (line: string) => void
}

/**
 * Starts one of our programs in a process group of its own, so that Ctrl-C reaches only its supervisor; the IPC channel tells it
 * when the supervisor is gone.
 */
export async function startNode({ main, environment, onLine }: NodeProgram): Promise<Started> {
  const path = fileURLToPath(main)
  const child = spawn(process.execPath, [path], {
    cwd: dirname(dirname(path)),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  for (const input of [child.stdout, child.stderr]) if (input) createInterface({ input }).on('line', onLine)
  const exited = once(child, 'exit').then((end) => ending(end as [number | null, NodeJS.Signals | null]))
  await once(child, 'spawn')
  return { pid: child.pid ?? 0, exited, kill: (signal) => child.kill(signal) }
}
