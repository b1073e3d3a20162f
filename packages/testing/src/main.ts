// `pnpm test`: brings what the tests need, runs them all, and ends with "N passed, N failed, N skipped".
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseServer, freePort, NODE_COMPILE_CACHE, requireProgram } from '@livepods/system'
import { runTests } from './run-tests.ts'

const announce = (sentence: string) => console.log(`test: ${sentence}`)

/** The server that MYSQL_… names, or a private one for this run. */
async function database(stack: AsyncDisposableStack): Promise<Record<string, string>> {
  if (process.env.MYSQL_CONNECTION) return {}
  await requireProgram('database', announce)
  const directory = await mkdtemp(join(tmpdir(), 'livepods-test-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  return stack.use(await DatabaseServer.start({ directory, port: await freePort() })).environment
}

await using stack = new AsyncDisposableStack()
const environment = {
  NODE_COMPILE_CACHE,
  ...(await database(stack)),
  CHROMIUM: await requireProgram('chromium', announce),
}
await requireProgram('ffmpeg', announce)
const { passed, failed, skipped } = await runTests(process.argv.slice(2), environment)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
