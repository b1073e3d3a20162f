import { type DestinationStream, pino } from 'pino'

export type Log = pino.Logger

/** JSON lines on stdout, written synchronously, so that nothing is lost when the process ends. */
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

/**
 * Not pino's own destination: at exit its sonic-boom tries a broken pipe again for ever (flushSync), and a process whose
 * supervisor was killed would never end.
 */
function stdout(): DestinationStream {
  if (process.stdout.listenerCount('error') === 0) {
    // A log that nobody reads any more is no reason to fail.
    process.stdout.on('error', () => {})
    process.stderr.on('error', () => {})
  }
  return { write: (line) => process.stdout.write(line) }
}
