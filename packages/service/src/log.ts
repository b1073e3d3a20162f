import { type DestinationStream, pino } from 'pino'

export type Log = pino.Logger

/** JSON lines on stdout: those of one iteration of the event loop in one write, and what is left when the process ends. */
export function createLog(service: string, level = 'info'): Log {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['req.headers.authorization', 'req.headers.cookie', '*.password', '*.token', '*.secret'],
    },
    stdout(),
  )
}

let buffered = ''

/**
 * Not pino's own destination: at exit its sonic-boom tries a broken pipe again for ever (flushSync), and a process whose
 * supervisor was killed would never end. A write for each line was a tenth of what a post cost the receiver.
 */
function stdout(): DestinationStream {
  if (process.stdout.listenerCount('error') === 0) {
    // A closed pipe of the log is no reason to fail.
    process.stdout.on('error', () => {})
    process.stderr.on('error', () => {})
    process.on('exit', flush)
  }
  return {
    write: (line) => {
      if (buffered === '') setImmediate(flush)
      buffered += line
    },
  }
}

function flush(): void {
  const lines = buffered
  buffered = ''
  if (lines !== '') process.stdout.write(lines)
}
