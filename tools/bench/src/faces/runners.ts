import { PeerRefusedError } from '../peer-process.ts'
import type { Progress } from '../progress.ts'
import type { FaceEngine, SubjectProcess } from './engines.ts'

/** An engine that runs. */
export interface Runner {
  engine: FaceEngine
  processes: SubjectProcess[]
}

/** The engines that take part with so many workers each, and why the others do not. Closing ends them all. */
export class Runners implements AsyncDisposable {
  readonly workers: number
  readonly running: Runner[] = []
  /** Engine → sentence. */
  readonly absent = new Map<string, string>()

  static async start(engines: readonly FaceEngine[], workers: number, progress: Progress): Promise<Runners> {
    const runners = new Runners(workers)
    for (const engine of engines) {
      progress.say(`starting ${engine.name}, ${workers} at once`)
      try {
        runners.running.push({ engine, processes: await engine.start(workers) })
      } catch (error) {
        if (!(error instanceof PeerRefusedError)) throw error
        runners.absent.set(engine.name, error.message)
        progress.note(`without ${engine.name}: ${error.message}`)
      }
    }
    return runners
  }

  private constructor(workers: number) {
    this.workers = workers
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { processes } of this.running) for (const process of processes) await process[Symbol.asyncDispose]()
  }
}
