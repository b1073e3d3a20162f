import { parseArgs } from 'node:util'
import { type Environment, orExit, readEnvironment, UsageError } from '@livepods/service'
import { checkConfig } from './check-config.ts'
import { Env } from './config.ts'
import { readConfigFile } from './xiu/config-file.ts'

const text = 'string' as const
/** Those of xiu, and --check. */
const OPTIONS = {
  config: { type: text, short: 'c' },
  rtmp: { type: text, short: 'r' },
  httpflv: { type: text, short: 'f' },
  hls: { type: text, short: 's' },
  log: { type: text, short: 'l' },
  rtsp: { type: text, short: 't' },
  webrtc: { type: text, short: 'w' },
  check: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export interface CommandLine {
  /** For who reads only variables. */
  rest: string[]
  /** What MEDIA_CONFIG says and has no effect. */
  notes: string[]
}

/**
 * Sets in `environment` what options, and after it the file that MEDIA_CONFIG names, say. Options win over variables, variables over the
 * file. With --check it ends the process: 0 when all fits, 78 when not; with wrong options always: 64.
 */
export function takeCommandLine(args: readonly string[], environment: Environment): CommandLine {
  return orExit(() => {
    const { values, variables } = readOptions(args)
    if (values.help) return { rest: ['--help'], notes: [] }
    Object.assign(environment, variables)
    const notes = addConfigFile(environment)
    if (values.check) endChecked(environment, notes)
    return { rest: [], notes }
  })
}

function readOptions(args: readonly string[]) {
  // pnpm passes its own separator on.
  const values = parse(args.filter((argument) => argument !== '--'))
  const { config, rtmp, httpflv, hls, log, rtsp, webrtc } = values
  if (rtsp !== undefined || webrtc !== undefined) throw new UsageError('RTSP and WebRTC are not here.')
  const others = [rtmp, httpflv, hls, log].filter((value) => value !== undefined)
  if (config !== undefined && others.length > 0) throw new UsageError('With --config the file says the ports.')
  const [port, more] = new Set([hls, httpflv].filter((value) => value !== undefined))
  const wanted = {
    MEDIA_CONFIG: config,
    RTMP_PORT: rtmp,
    PORT: port,
    MORE_PORTS: more,
    LOG_LEVEL: log === 'trace' ? 'debug' : log,
  }
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined)
  return { values, variables: Object.fromEntries(given) }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message} Variables of the environment say all else: --help lists them.`)
  }
}

/** Returns what has no effect. */
function addConfigFile(environment: Environment): string[] {
  const { MEDIA_CONFIG: path } = environment
  if (!path) return []
  const { variables, notes } = readConfigFile(path)
  for (const [name, value] of Object.entries(variables))
    if (!environment[name] && !environment[`${name}_FILE`]) environment[name] = value
  return notes
}

function endChecked(environment: Environment, notes: string[]): never {
  checkConfig(readEnvironment(Env, environment))
  console.log(['The configuration fits.', ...notes.map((note) => `Without effect: ${note}`)].join('\n'))
  process.exit(0)
}
