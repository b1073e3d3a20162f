import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { requireProgram } from '../src/requirement.js'

const skip = process.getuid?.() === 0 ? false : 'only root installs'

/** In place of apt-get: notes when it begins and ends, and installs every package but "unobtainable" as a program. */
const APT_GET = `#!/bin/sh
folder=\${0%/*}
echo begin >> "$folder/log"
for last; do :; done
case $last in
  update) ;;
  unobtainable) echo "Unable to locate package" >&2; exit 100 ;;
  *) echo '#!/bin/sh' > "$folder/$last"; /bin/chmod +x "$folder/$last" ;;
esac
echo end >> "$folder/log"
`

test('programs that are missing are installed one after the other, and a failure is no end of it', {
  skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepods-install-'))
  const { PATH } = process.env
  t.after(() => {
    process.env.PATH = PATH
    rmSync(folder, { recursive: true })
  })
  writeFileSync(join(folder, 'apt-get'), APT_GET)
  chmodSync(join(folder, 'apt-get'), 0o755)
  process.env.PATH = folder
  const said: string[] = []
  const names = ['unobtainable', 'first-encoder', 'second-encoder']
  const results = await Promise.allSettled(names.map((name) => requireProgram(name, (line) => said.push(line))))
  const remedy = 'unobtainable is missing; install it (Debian, Ubuntu: "sudo apt-get install unobtainable").'
  assert.deepEqual(results, [
    { status: 'rejected', reason: new Error(remedy) },
    { status: 'fulfilled', value: join(folder, 'first-encoder') },
    { status: 'fulfilled', value: join(folder, 'second-encoder') },
  ])
  assert.match(said.join('\n'), /unobtainable is missing: installing unobtainable with apt-get\n.*failed:\nUnable to/)
  const log = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n')
  // The one that fails does not come to its end.
  assert.deepEqual(log, ['begin', 'end', 'begin', ...Array(4).fill(['begin', 'end']).flat()])
})
