import { pino } from 'pino'

export type Log = pino.Logger

/** JSON lines on stdout, written synchronously, so that nothing is lost when the process ends. */
export function createLog(service: string, level = 'info'): Log {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['req.headers.authorization', 'req.headers.cookie', '*.password', '*.token', '*.secret'],
  })
}
