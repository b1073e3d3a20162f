import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A folder for the life of a test. */
export async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'livepods-access-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Puts a text in place of a file, at once. */
export async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

/** Repeats `attempt` until it stops throwing; `@livepods/testing` stands above this package. */
export async function eventually(attempt: () => void): Promise<void> {
  const deadline = performance.now() + 120_000
  for (;;) {
    try {
      attempt()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await sleep(10)
  }
}

/** A log that keeps its lines. */
export function listening() {
  const lines: [level: string, fields: Record<string, unknown>, message: string][] = []
  const at = (level: string) => (fields: Record<string, unknown>, message: string) =>
    lines.push([level, fields, message])
  return { log: { info: at('info'), warn: at('warn'), error: at('error') } as never, lines }
}

export const READ = 'read-token-0123456789'
export const SUBMIT = 'submit-token-0123456789'
export const MANAGE = 'manage-token-0123456789'
export const LINES = `# who may come in\n\n${READ} read\n${SUBMIT}\tsubmit processor\n${MANAGE} manage anna@example.org\n`
