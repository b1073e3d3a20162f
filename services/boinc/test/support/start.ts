import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog, OpsServer, readEnvironment } from '@livepods/service'
import { findProgram, freePort } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { Boinc } from '../../src/boinc.ts'
import { Env } from '../../src/config.ts'
import type { Worker } from '../../src/worker.ts'

/** Debian's client, where it is. */
export const CLIENT = process.env.BOINC_CLIENT ?? findProgram(['boinc'])
export const skip = CLIENT ? false : 'neither BOINC_CLIENT names Debian’s client, nor is it installed'

export interface Status {
  state: string
  isReady: boolean
  why: string
  faults: string[]
  accountManager?: string
  projects: {
    url: string
    isAttached: boolean
    credit: number
    failedCalls: number
    wantsNoMoreWork: boolean
    isDetachedWhenDone: boolean
    isManaged: boolean
  }[]
  tasks: { name: string; state: string; cpuSeconds: number; checkpointCpuSeconds: number }[]
}

/** What is kept when a worker ends: the volume of its client, and its file of projects. */
export class Volume implements AsyncDisposable {
  readonly folder: string

  static async make(): Promise<Volume> {
    return new Volume(await mkdtemp(join(tmpdir(), 'livepods-boinc-')))
  }

  private constructor(folder: string) {
    this.folder = folder
  }

  get projectsFile(): string {
    return join(this.folder, 'projects')
  }

  get data(): string {
    return join(this.folder, 'data')
  }

  async declare(text: string): Promise<void> {
    await writeFile(this.projectsFile, text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true })
  }
}

export interface Running extends AsyncDisposable {
  boinc: Boinc
  url: string
  ops: string
  guiRpcPort: number
  status(): Promise<Status>
  /** Resolves with the status when `check` accepts it. */
  until(check: (status: Status) => void): Promise<Status>
}

export type WorkerView = Pick<Worker, 'seen' | 'readiness' | 'faults' | 'messages' | 'command' | 'listen'>

/** A worker with Debian's client on this volume. */
export async function start(volume: Volume, environment: Record<string, string> = {}): Promise<Running> {
  const stack = new AsyncDisposableStack()
  const guiRpcPort = await freePort()
  const config = readEnvironment(Env, {
    HOST: '127.0.0.1',
    PORT: '0',
    BOINC_CLIENT: CLIENT,
    BOINC_DIR: volume.data,
    BOINC_PROJECTS_FILE: volume.projectsFile,
    GUI_RPC_PORT: `${guiRpcPort}`,
    CHECKPOINT_SECONDS: '1',
    POLL_SECONDS: '0.2',
    ...environment,
  })
  const ops = stack.use(await OpsServer.listen({ service: 'boinc', host: '127.0.0.1', port: 0 }))
  const boinc = stack.use(
    new Boinc({ config, ops, log: createLog('test', 'silent'), signal: new AbortController().signal }),
  )
  await boinc.start()
  ops.state = 'ready'
  const url = `http://127.0.0.1:${boinc.port}`
  const status = async () => (await (await fetch(`${url}/v1/status`)).json()) as Status
  return {
    boinc,
    url,
    ops: `http://127.0.0.1:${ops.port}`,
    guiRpcPort,
    status,
    until: (check) =>
      eventually(
        async () => {
          const now = await status()
          check(now)
          return now
        },
        { everyMs: 100 },
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
