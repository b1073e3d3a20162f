import { readFileSync } from 'node:fs'
import type { Progress } from '../progress.ts'
import { Series } from '../series.ts'
import { summarise } from '../statistics.ts'
import { SERVICE, WatchedService } from './watched-service.ts'

export interface SteadinessOptions {
  /** Photos that are sent in turn, none as it was before. */
  paths: readonly string[]
  /** Each row of the result is about so many photos. */
  step: number
  steps: number
  /** An empty folder. */
  nobody: string
  progress: Progress
}

/** Both workers have one, and the next one waits already. */
const LANES = 4

/** The real service's resident memory while it looks at photos: the median of what it was after each. */
export async function measureSteadiness({ paths, step, steps, nobody, progress }: SteadinessOptions): Promise<Series> {
  const ends = Array.from({ length: steps }, (_, i) => (i + 1) * step)
  const series = new Series(
    ends.map((end) => rowOf(end, step)),
    [SERVICE],
  )
  const pictures = paths.map((path) => readFileSync(path))
  await using service = await WatchedService.start({
    KNOWN_PEOPLE: nobody,
    UNKNOWN_PEOPLE: nobody,
    FACE_WORKERS: '2',
  })
  let sent = 0
  for (const end of ends) {
    progress.say(`memory: ${sent} of ${step * steps} photos`)
    const megabytes: number[] = []
    const lane = async () => {
      while (sent < end) {
        const mark = Buffer.alloc(4)
        mark.writeUInt32LE(sent)
        const picture = pictures[sent++ % pictures.length] as Buffer
        await service.identify(Buffer.concat([picture, mark]))
        megabytes.push(service.residentMegabytes)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    series.add(rowOf(end, step), SERVICE, { residentMegabytes: summarise(megabytes).median })
  }
  return series
}

function rowOf(end: number, step: number): string {
  return `photos ${end - step + 1} to ${end}`
}
