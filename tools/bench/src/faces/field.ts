import { type PeerProcess, PeerRefused } from '../peer-process.ts'
import type { Progress } from '../progress.ts'
import type { FaceEngine } from './engines.ts'

/** An engine that runs. */
export interface Runner {
  engine: FaceEngine
  processes: PeerProcess[]
}

/** The engines that take part with so many workers each, and why the others do not. Closing ends them all. */
export class Field implements AsyncDisposable {
  readonly runners: Runner[] = []
  /** Engine → sentence. */
  readonly absent = new Map<string, string>()

  static async start(engines: readonly FaceEngine[], workers: number, progress: Progress): Promise<Field> {
    const field = new Field()
    for (const engine of engines) {
      progress.say(`starting ${engine.name}, ${workers} at once`)
      try {
        field.runners.push({ engine, processes: await engine.start(workers) })
      } catch (error) {
        if (!(error instanceof PeerRefused)) throw error
        field.absent.set(engine.name, error.message)
        progress.note(`without ${engine.name}: ${error.message}`)
      }
    }
    return field
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { processes } of this.runners) for (const process of processes) await process[Symbol.asyncDispose]()
  }
}
