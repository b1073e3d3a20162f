import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Spool } from '@livepods/spool'
import { eventually, type SpawnedService, spawnService } from '@livepods/testing'

const MAIN = new URL('../../src/main.ts', import.meta.url)

export const spoolFolder = () => mkdtempDisposable(join(tmpdir(), 'livepods-sender-'))

/** The sender as a process, with a message each 5 ms. */
export async function spawnSender(
  folder: { path: string },
  relay: string,
  environment: Record<string, string> = {},
): Promise<SpawnedService> {
  return await spawnService(MAIN, {
    SPOOL_DIR: folder.path,
    RELAY_URL: relay,
    SENDER_NAME: 'sender',
    SEND_EVERY_SECONDS: '0.005',
    ...environment,
  })
}

interface Status {
  target: { address: string; fault?: { reason: string; status?: number } }
  streams: { streams: number; waiting: number; stuck: number; of: { fault?: string; epoch: string }[] }
}

export async function statusOf({ ops }: SpawnedService): Promise<Status> {
  return ((await (await fetch(`${ops}/status`)).json()) as { parts: Status }).parts
}

/** Resolves when so many messages wait. */
export async function waitsWith(sender: SpawnedService, count: number): Promise<void> {
  await eventually(async () => {
    const { waiting } = (await statusOf(sender)).streams
    if (waiting < count) throw new Error(`${waiting} of ${count} messages wait:\n${sender.output()}`)
  })
}

/** Resolves when it is not ready, with the target's fault. */
export async function faultOf(sender: SpawnedService): Promise<string> {
  return await eventually(async () => {
    const { faults } = (await (await fetch(`${sender.ops}/readyz`)).json()) as { faults: Record<string, string> }
    if (faults.target === undefined) throw new Error(`The target has no fault:\n${sender.output()}`)
    return faults.target
  })
}

/** How many messages the stream in that folder has stored, ever, and how many of them wait. The sender must have ended. */
export async function storedIn(folder: { path: string }, number = 1) {
  await using spool = await Spool.open({
    folder: join(folder.path, `${number}`),
    maxBytes: 64e6,
    name: 'test',
    onFatal: (error) => {
      throw error
    },
    onDamage: (damage) => {
      throw new Error(JSON.stringify(damage))
    },
  })
  const reader = await spool.reader('target')
  return { stored: spool.nextNumber - 1, waiting: reader.waiting.records, epoch: spool.epoch }
}
