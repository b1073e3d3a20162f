// node packages/spool/src/check-main.ts DIR [--cut]: what is in a spool and whether all of it can be read. Exit code 0: whole; 1: damaged;
// 64: wrong arguments. --cut takes damage out, so that readers pass it without a word; no process may use the spool then.
import { parseArgs } from 'node:util'
import { checkSpool, cutDamage, type SpoolState } from './check.ts'
import { diskFiles } from './files.ts'
import { SpoolError } from './spool-error.ts'

const USAGE = 'node packages/spool/src/check-main.ts DIR [--cut]'

const { folder, isToCut } = readArguments()
try {
  if (isToCut) {
    await using _lock = await diskFiles.lock(folder)
    await cutDamage(diskFiles, folder)
  }
  const state = await checkSpool(diskFiles, folder)
  for (const line of lines(folder, state)) console.log(line)
  process.exitCode = state.damages.length === 0 ? 0 : 1
} catch (error) {
  // One of a spool's or of the file system's says it all.
  if (!(error instanceof SpoolError) && (error as NodeJS.ErrnoException).syscall === undefined) throw error
  console.error((error as Error).message)
  process.exitCode = 1
}

function readArguments(): { folder: string; isToCut: boolean } {
  try {
    const { values, positionals } = parseArgs({ options: { cut: { type: 'boolean' } }, allowPositionals: true })
    const [folder] = positionals
    if (folder !== undefined && positionals.length === 1) return { folder, isToCut: values.cut === true }
  } catch {
    // An option that there is not: the same answer.
  }
  console.error(USAGE)
  process.exit(64)
}

function* lines(folder: string, state: SpoolState): Generator<string> {
  const { segments, bytes, records, firstNumber, nextNumber, oldest, damages, interrupted, cursors } = state
  yield `${folder}: ${damages.length === 0 ? 'whole' : 'damaged'}`
  yield `${records} records in ${segments} segments, ${(bytes / 1e6).toFixed(1)} MB`
  if (oldest !== undefined) yield `numbers ${firstNumber} to ${nextNumber - 1}, the oldest of ${isoTime(oldest)}`
  for (const { reader, number, oldestWaiting } of cursors) {
    const waiting = number === undefined ? '' : `; ${Math.max(0, nextNumber - number)} records wait`
    const since = oldestWaiting === undefined ? '' : `, the oldest since ${isoTime(oldestWaiting)}`
    yield `cursor ${reader}: ${number === undefined ? 'cannot be read' : `at ${number}`}${waiting}${since}`
  }
  for (const { file, offset, bytes, firstLost, lastLost } of damages) {
    const lost = firstLost > lastLost ? 'no records are lost' : `records ${firstLost} to ${lastLost} are lost`
    yield `${file}: first bad byte ${offset}, ${bytes} bytes cannot be read; ${lost}`
  }
  if (interrupted !== undefined)
    yield `${interrupted.file}: ${interrupted.bytes} bytes from ${interrupted.offset} are an interrupted write, cut off at the next start`
}

function isoTime(time: number): string {
  return new Date(time).toISOString()
}
