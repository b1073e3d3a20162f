import { freePort, requireProgram } from '@livepods/system'
import { STUB_RECOGNISER } from '@livepods/testing'
import { Field } from '../field.ts'
import { joined } from '../report.ts'
import { measureParts, type Suite } from '../suite.ts'
import { accept } from './accept.ts'
import { durabilityOf, durabilitySentence } from './durability.ts'
import { latency } from './latency.ts'
import { overload } from './overload.ts'
import { sweep } from './sweep.ts'
import { throughput } from './throughput.ts'

const PARTS = { accept, throughput, latency, sweep, overload }

/** `pnpm bench pipeline`: how fast photos come in and go through, what waiting costs, and how it holds under a backlog. */
export const pipeline: Suite = {
  parts: Object.keys(PARTS),
  async run(bench) {
    await requireProgram('database', bench.progress.note)
    bench.progress.say('starting the suite with a stub recogniser')
    const controlPort = await freePort()
    await using stack = new AsyncDisposableStack()
    const field = await Field.start(stack, bench, {
      mains: { 'face-recognition': STUB_RECOGNISER },
      environments: { 'face-recognition': { STUB_CONTROL_PORT: `${controlPort}` } },
    })
    const durability = await durabilityOf(field.database)
    const found = joined(await measureParts(PARTS, { field, controlPort }, bench))
    return {
      ...found,
      title: 'The pipeline from the receiver to the final state',
      about: [
        'All processes of the suite run on this machine as `pnpm dev` runs them, with what sends beside them, in a process of its own; medians of the rounds, quartiles in brackets.',
        durabilitySentence(durability),
      ],
      data: { durability, ...found.data },
    }
  },
}
