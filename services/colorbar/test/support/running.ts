import { globSync, readFileSync } from 'node:fs'
import { eventually, type SpawnedService, spawnService } from '@livepods/testing'

const MAIN = new URL('../../src/main.ts', import.meta.url)

/** A small picture, so that tests run beside each other. */
const ENVIRONMENT = { PICTURE_SIZE: '320x180', FRAMES_PER_SECOND: '15', VIDEO_KBIT_PER_SECOND: '300' }

/** The service as a process of its own that sends to these. */
export async function colorbar(urls: string[], more: Record<string, string> = {}): Promise<SpawnedService> {
  return await spawnService(MAIN, { ...ENVIRONMENT, RTMP_URL: urls.join(), ...more })
}

/** The processes that send to `url`: those of ffmpeg, not of the service or a receiver. */
export function encodersOf(url: string): number[] {
  return globSync('/proc/[0-9]*/cmdline').flatMap((file) => {
    const [, , pid] = file.split('/')
    const args = argumentsIn(file)
    return args.at(-1) === url && args.includes('-progress') ? [Number(pid)] : []
  })
}

/** The one process that sends to `url`, as soon as there is one. */
export async function encoderOf(url: string): Promise<number> {
  return await eventually(() => {
    const [pid] = encodersOf(url)
    if (pid === undefined) throw new Error(`nobody sends to ${url}`)
    return pid
  })
}

/** Resolves when no process sends to `url`. */
export async function encodersEnd(url: string): Promise<void> {
  await eventually(() => {
    const pids = encodersOf(url)
    if (pids.length > 0) throw new Error(`${pids} send to ${url}`)
  })
}

interface Readiness {
  ready: boolean
  faults: Record<string, string>
}

/** Resolves when what /readyz says fits. */
export async function says({ ops }: SpawnedService, fits: (readiness: Readiness) => boolean): Promise<Readiness> {
  return await eventually(async () => {
    const readiness = (await (await fetch(`${ops}/readyz`)).json()) as Readiness
    if (!fits(readiness)) throw new Error(`/readyz says ${JSON.stringify(readiness)}`)
    return readiness
  })
}

/** The value of a line of /metrics. */
export async function metric({ ops }: SpawnedService, line: string): Promise<number> {
  const lines = (await (await fetch(`${ops}/metrics`)).text()).split('\n')
  return Number(lines.find((one) => one.startsWith(`${line} `))?.split(' ')[1])
}

/** Of a process that is gone: nothing. */
function argumentsIn(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}
