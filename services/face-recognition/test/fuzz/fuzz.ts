import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CallError, call, connect, status } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import { type SpawnedService, spawnService } from '@livepods/testing'
import { mutate } from './mutate.ts'
import { pictures } from './pictures.ts'
import { Random } from './random.ts'

export interface FuzzOptions {
  count: number
  seed: number
  /** Begin with this picture: to see one again. */
  from?: number
  onProgress?: (done: number) => void
}

export interface FuzzReport {
  /** How many pictures had this outcome. */
  outcomes: Record<string, number>
  /** Calls that failed, and what the service wrote when a worker of it ended: "picture 12: …". */
  failures: string[]
  /** Pictures that had no outcome after two minutes, though they were sent again when the service asked for it. */
  hangs: string[]
  slowestMs: number
  /** Resident memory of the service in MB: at the start, at most, and after so many pictures. */
  rss: { start: number; most: number; after: Record<number, number> }
  /** The service ended with 0 when it was told to. */
  exit: number | string
}

const HANGS_AFTER_MS = 120_000
/** What a service that is busy asks to come back with. */
const LATER: readonly number[] = [status.RESOURCE_EXHAUSTED, status.ABORTED]
const COME_BACK_MS = 100
const AT_ONCE = 6
const RSS_AFTER = [1000, 5000, 10_000, 20_000]
const MAIN = new URL('../../src/main.ts', import.meta.url)

/** Sends mutated pictures through the real service, one process, by path; picture n of a seed is always the same. */
export async function fuzz({ count, seed, from = 0, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const originals = await pictures()
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
  mkdirSync(join(folder, 'known'))
  const service = await start(folder)
  const client = connect(faces.FaceRecognitionService, await addressOf(service))
  const rss = () => residentMegabytes(service.process.pid as number)
  const report: FuzzReport = {
    outcomes: {},
    failures: [],
    hangs: [],
    slowestMs: 0,
    rss: { start: rss(), most: 0, after: {} },
    exit: 'killed',
  }
  /** @param until of performance.now() */
  const identify = async (path: string, until: number): Promise<string> => {
    const deadlineMs = until - performance.now()
    try {
      return (await call(client, client.identify, { path }, { deadlineMs })).outcome
    } catch (error) {
      const isLater = error instanceof CallError && LATER.includes(error.code)
      if (!isLater || performance.now() + COME_BACK_MS > until) throw error
      await sleep(COME_BACK_MS)
      return await identify(path, until)
    }
  }
  const ask = async (picture: number) => {
    const random = new Random(seed, picture)
    const name = `${picture}.jpg`
    const begun = performance.now()
    try {
      await writeFile(join(folder, name), mutate(random.of(originals), random, originals))
      const outcome = await identify(name, begun + HANGS_AFTER_MS)
      report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1
    } catch (error) {
      const isHang = error instanceof CallError && [status.DEADLINE_EXCEEDED, ...LATER].includes(error.code)
      ;(isHang ? report.hangs : report.failures).push(`picture ${picture}: ${(error as Error).message}`)
    }
    report.slowestMs = Math.max(report.slowestMs, Math.round(performance.now() - begun))
    await rm(join(folder, name), { force: true })
  }
  let next = from
  const lane = async () => {
    while (next < from + count && service.process.exitCode === null) {
      const picture = next++
      await ask(picture)
      if (picture % 100 === 99) report.rss.most = Math.max(report.rss.most, rss())
      if (RSS_AFTER.includes(picture + 1 - from)) report.rss.after[picture + 1 - from] = rss()
      onProgress?.(next - from)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  client.close()
  if (service.process.exitCode === null) report.rss.most = Math.max(report.rss.most, rss())
  report.exit = await service.stop()
  rmSync(folder, { recursive: true })
  const lost = service
    .output()
    .split('\n')
    .filter((line) => line.includes('ended unexpectedly'))
  return { ...report, failures: [...report.failures, ...lost] }
}

async function start(folder: string): Promise<SpawnedService> {
  const service = await spawnService(MAIN, {
    PORT: '0',
    KNOWN_PEOPLE: join(folder, 'known'),
    UNKNOWN_PEOPLE: folder,
    MALLOC_ARENA_MAX: '2',
    MALLOC_TRIM_THRESHOLD_: '4000000',
  })
  await service.ready()
  return service
}

const addressOf = async ({ said }: SpawnedService) => `127.0.0.1:${(await said(/"grpcPort":(\d+)/))[1]}`

function residentMegabytes(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1000)
}
