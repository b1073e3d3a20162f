import { fileURLToPath } from 'node:url'
import { PeerProcess } from '../peer-process.ts'
import type { Address, ViewerOperations } from './viewers-main.ts'

type Process = PeerProcess<ViewerOperations>

const MAIN = fileURLToPath(new URL('./viewers-main.ts', import.meta.url))
/** Some hundred viewers each: nginx sends so many small pieces that 1 200 of them take 0.7 of a core. */
const PROCESSES = 3

/** Viewers who only count what they get, in processes of their own. */
export class Audience {
  readonly #processes: Process[]
  /** One of the processes, for what only few do. */
  readonly few: Process

  static async start(stack: AsyncDisposableStack): Promise<Audience> {
    const start = async () =>
      stack.use(await PeerProcess.start<ViewerOperations>({ command: process.execPath, args: [MAIN] }))
    return new Audience(await start(), await Promise.all(Array.from({ length: PROCESSES - 1 }, start)))
  }

  private constructor(few: Process, others: Process[]) {
    this.few = few
    this.#processes = [few, ...others]
  }

  /** Resolves when so many more get the stream, or after 20 s: with how many do. */
  async join(address: Address, count: number): Promise<number> {
    const share = (n: number) => Math.floor((count + n) / PROCESSES)
    const answers = await this.#each((one, n) => one.ask('join', { ...address, count: share(n) }))
    return answers.reduce((sum, { joined }) => sum + joined, 0)
  }

  /** Bytes that all who joined have got until now. */
  async received(): Promise<number> {
    const answers = await this.#each((one) => one.ask('received', {}))
    return answers.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  async leave(): Promise<void> {
    await this.#each((one) => one.ask('leave', {}))
  }

  async #each<T>(ask: (one: Process, n: number) => Promise<T>): Promise<T[]> {
    return await Promise.all(this.#processes.map(ask))
  }
}
