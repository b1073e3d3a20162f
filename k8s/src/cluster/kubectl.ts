import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface KubectlOptions {
  /** What it reads from its standard input. */
  input?: string | Uint8Array
}

/** What kubectl prints. Rejects with what it says when it fails, without the lines of its own log. */
export async function kubectl(args: string[], { input = '' }: KubectlOptions = {}): Promise<string> {
  const child = spawn('kubectl', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {}) // It ended before it read all; what it says follows.
  child.stdin.end(input)
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve).on('error', (error) => {
      reject(new Error(`kubectl cannot be run: ${error.message}. Install it, and try again.`, { cause: error }))
    })
  })
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  if (code !== 0)
    throw new Error(`kubectl ${args.join(' ')}: ${errors.replaceAll(/^[EIW]\d{4} .*\n/gm, '').trim() || output.trim()}`)
  return output.trim()
}

/** The objects of a kind in a namespace. */
export async function list<T>(kind: string, namespace: string, selector = ''): Promise<T[]> {
  const args = ['-n', namespace, 'get', kind, '-o', 'json', ...(selector ? ['-l', selector] : [])]
  return (JSON.parse(await kubectl(args)) as { items: T[] }).items
}
