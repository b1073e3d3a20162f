import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joined } from '../report.ts'
import { Server } from '../server.ts'
import { measureParts, type Suite } from '../suite.ts'
import { cost } from './cost.ts'
import { kinds } from './kinds.ts'
import { memory } from './memory.ts'
import { start } from './start.ts'

const PARTS = { cost, memory, start }

/** `pnpm bench whoami`: what an answer costs next to the least that Node can do, what connections weigh, and how soon it is there. */
export const whoami: Suite = {
  parts: Object.keys(PARTS),
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const compiled = await mkdtemp(join(tmpdir(), 'livepods-bench-compiled-'))
    stack.defer(async () => await rm(compiled, { recursive: true, force: true }))
    // As in an image, Node finds there what it has compiled before.
    for (const kind of await kinds()) await (await Server.start(kind, compiled))[Symbol.asyncDispose]()
    const found = joined(await measureParts(PARTS, { compiled }, bench))
    return {
      ...found,
      title: 'whoami next to a bare node:http, nginx and the original',
      about: [
        'Each server is a process of its own on loopback, asked by this one over keep-alive connections. CPU time is that of the server alone. nginx takes part where it is installed (one worker, without a log), traefik/whoami where `WHOAMI` names its binary.',
      ],
    }
  },
}
