// Loaded into sender, relay and sink by NODE_OPTIONS=--import: SIGUSR2 has the process kill itself at its next sync of a file. What was
// written is in the page cache then; whether it was answered depends on the moment, which differs from process to process.
import { open } from 'node:fs/promises'

const file = await open('/dev/null')
const prototype = Object.getPrototypeOf(file) as typeof file
await file.close()

const MOMENTS = ['before', 'during', 'after'] as const
const moment = MOMENTS[process.pid % MOMENTS.length]
let isDue = false
process.on('SIGUSR2', () => {
  isDue = true
})

const die = () => process.kill(process.pid, 'SIGKILL')
for (const name of ['sync', 'datasync'] as const) {
  const sync = prototype[name]
  prototype[name] = async function (this: typeof file) {
    if (isDue && moment === 'before') die()
    const done = sync.call(this)
    if (isDue && moment === 'during') die()
    await done
    if (isDue) die()
  }
}
