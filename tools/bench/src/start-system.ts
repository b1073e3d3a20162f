import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Group } from '@livepods/service'
import { declarationsIn, ofGroup, System, type SystemOptions } from '@livepods/system'
import type { Bench } from './suite.ts'

const LINES_KEPT = 20

/** The processes of a group on free ports, as `pnpm dev` runs them, in a folder of their own; they end with the stack. */
export async function startSystem(
  stack: AsyncDisposableStack,
  { progress, signal }: Pick<Bench, 'progress' | 'signal'>,
  { group, ...options }: { group: Group } & Partial<SystemOptions>,
): Promise<System> {
  const directory = stack.adopt(mkdtempSync(join(tmpdir(), 'livepods-bench-')), (path) =>
    rmSync(path, { recursive: true, force: true }),
  )
  const lines: string[] = []
  const onLine = (name: string, line: string) => {
    lines.push(`${name}: ${line}`)
    if (lines.length > LINES_KEPT) lines.shift()
  }
  const declarations = ofGroup(group, await declarationsIn())
  const common = { declarations, directory, usualPorts: false, onLine, announce: progress.say, signal }
  try {
    return stack.use(await System.start({ ...common, ...options }))
  } catch (error) {
    throw new Error(`The suite does not start. It said last:\n${lines.join('\n')}`, { cause: error })
  }
}
