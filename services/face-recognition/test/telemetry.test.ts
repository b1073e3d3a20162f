import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('onnxruntime tells nobody about the models and the machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'face-recognition-'))
  // It keeps an id of the machine at home, and complains where it cannot; CI would make it silent by itself.
  const { CI: _, ORT_DISABLE_TELEMETRY: __, ...environment } = process.env
  const child = spawn(process.execPath, [fileURLToPath(new URL('../src/main.ts', import.meta.url))], {
    cwd: folder,
    env: { ...environment, HOME: '/proc/nowhere', HOST: '127.0.0.1', OPS_PORT: '0', PORT: '0', KNOWN_PEOPLE: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      const wasReady = output.includes('"msg":"ready"')
      output += text
      if (!wasReady && output.includes('"msg":"ready"')) child.kill('SIGTERM')
    })
  const [code] = await once(child, 'close')
  rmSync(folder, { recursive: true })
  assert.equal(code, 0, output)
  assert.match(output, /"msg":"ready"/)
  assert.doesNotMatch(output, /telemetry/i)
})
