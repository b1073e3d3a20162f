import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireProgram } from '@livepods/system'
import { joined } from '../report.ts'
import { Server } from '../server.ts'
import { measureParts, type Suite } from '../suite.ts'
import { append } from './append.ts'
import { intake } from './intake.ts'
import { BARE, relay } from './kinds.ts'
import { sinks } from './sinks.ts'
import { waiting } from './waiting.ts'

const PARTS = { append, intake, sinks, waiting }

/** `pnpm bench messages`: how fast messages become durable, are answered for and reach the database, and what it takes while they wait. */
export const messages: Suite = {
  parts: Object.keys(PARTS),
  async run(bench) {
    await requireProgram('database', bench.progress.note)
    await using stack = new AsyncDisposableStack()
    const compiled = await mkdtemp(join(tmpdir(), 'livepods-bench-compiled-'))
    stack.defer(async () => await rm(compiled, { recursive: true, force: true }))
    // As in an image, Node finds there what it has compiled before.
    for (const kind of [relay(), BARE]) await (await Server.start(kind, compiled))[Symbol.asyncDispose]()
    const found = joined(await measureParts(PARTS, { compiled }, bench))
    return {
      ...found,
      title: 'Messages: the append log, a relay, and the sinks',
      about: [
        'Relays, sinks and the database are processes of their own on this machine, as `pnpm dev` runs them, with what sends beside them; medians of the rounds, quartiles in brackets. Everything is durable when it is counted.',
      ],
    }
  },
}
