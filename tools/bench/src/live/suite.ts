import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joined } from '../report.ts'
import { measureParts, type Suite } from '../suite.ts'
import { Audience } from './audience.ts'
import { delivery } from './delivery.ts'
import { fanOut } from './fan-out.ts'
import { firstPart } from './first-part.ts'
import { ingest } from './ingest.ts'
import { memory } from './memory.ts'
import { pictureLatency } from './picture-latency.ts'
import { makePublisher } from './publisher.ts'

const PARTS = {
  'fan-out': fanOut,
  memory,
  ingest,
  'first-part': firstPart,
  'picture-latency': pictureLatency,
  delivery,
}

/**
 * `pnpm bench live`: what sending live video costs beside other servers, what a viewer and a stream take, how soon a stream can be watched
 * and how late its picture is.
 */
export const live: Suite = {
  parts: Object.keys(PARTS),
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'livepods-bench-')), (path) =>
      rmSync(path, { recursive: true }),
    )
    const file = join(folder, 'stream.flv')
    const publish = await makePublisher(file, bench.progress)
    const audience = await Audience.start(stack)
    const found = joined(await measureParts(PARTS, { folder, file, publish, audience }, bench))
    return {
      ...found,
      title: 'Live video: sending it, and how late it is',
      about: [
        'Servers, viewers and what publishes run on this machine, which they share. Viewers are processes of Node that only count bytes.',
        ...found.about,
      ],
    }
  },
}
