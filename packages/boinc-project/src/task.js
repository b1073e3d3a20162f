// @ts-check
// The program of a task of `BoincProject`, as a client runs it: its CPU time is that of the clock. It tells progress and checkpoints through
// the file that BOINC's own library maps, obeys suspend, resume and quit, and goes on from its checkpoint. It has no extension when it runs.
const { appendFileSync, existsSync, openSync, readFileSync, readSync, renameSync, writeFileSync, writeSync } =
  process.getBuiltinModule('node:fs')

// lib/app_ipc.h: channels of 1 kB, whose first byte says whether there is something to read.
const CHANNEL_BYTES = 1024
const CONTROL = 0
const STATUS = 5
const EVERY_SECONDS = 0.1

const [seconds = 1, checkpointSeconds = 1] = process.argv.slice(2).map(Number)
const file = openSync('boinc_mmap_file', 'r+')
let done = existsSync('state') ? Number(readFileSync('state', 'utf8')) : 0
let checkpoint = done
let suspended = false
const client = process.ppid

/** @param {string} line */
const tell = (line) => unlessFull(() => appendFileSync('stderr.txt', `${line}\n`))

/**
 * Whether it was written: on a full disk a task goes on, and its last checkpoint stays the one that counts.
 * @param {() => void} write
 */
function unlessFull(write) {
  try {
    write()
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOSPC') return false
    throw error
  }
}

function save() {
  writeFileSync('state.new', `${done}`)
  renameSync('state.new', 'state')
}

function order() {
  const bytes = Buffer.alloc(CHANNEL_BYTES)
  readSync(file, bytes, 0, CHANNEL_BYTES, CONTROL * CHANNEL_BYTES)
  if (bytes[0] === 0) return ''
  writeSync(file, Buffer.from([0]), 0, 1, CONTROL * CHANNEL_BYTES)
  return bytes.toString('latin1', 1, bytes.indexOf(0, 1))
}

/** @param {string} text */
function report(text) {
  const bytes = Buffer.alloc(CHANNEL_BYTES - 1)
  bytes.write(text, 'latin1')
  writeSync(file, bytes, 0, bytes.length, STATUS * CHANNEL_BYTES + 1)
  writeSync(file, Buffer.from([1]), 0, 1, STATUS * CHANNEL_BYTES)
}

tell(`started at ${done.toFixed(1)}`)
setInterval(() => {
  // BOINC's own library notices that later, by heartbeats that are missing.
  if (process.ppid !== client) process.exit(1)
  const said = order()
  if (said.includes('<quit/>')) {
    tell(`quit at ${done.toFixed(1)}, saved ${checkpoint.toFixed(1)}`)
    process.exit(0)
  }
  if (said.includes('<suspend/>')) suspended = true
  if (said.includes('<resume/>')) suspended = false
  if (suspended) return
  done += EVERY_SECONDS
  if (done - checkpoint >= checkpointSeconds && unlessFull(save)) checkpoint = done
  const fraction = Math.min(1, done / seconds)
  report(
    `<current_cpu_time>${done}</current_cpu_time>\n<checkpoint_cpu_time>${checkpoint}</checkpoint_cpu_time>\n<fraction_done>${fraction}</fraction_done>\n`,
  )
  if (done < seconds) return
  writeFileSync('out', `done after ${done.toFixed(1)} s\n`)
  writeFileSync('boinc_finish_called', '0\n')
  process.exit(0)
}, EVERY_SECONDS * 1000)
