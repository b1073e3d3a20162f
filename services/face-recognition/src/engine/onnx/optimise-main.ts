// Writes the nets as this machine runs them fastest into the folder that is named; a process of its own, whose memory goes with it.
import { join } from 'node:path'
import type { ModelName } from '../weights.ts'
import { GRAPHS } from './models.ts'
import { optimise } from './session.ts'

for (const [name, graph] of Object.entries(GRAPHS) as [ModelName, () => Uint8Array<ArrayBuffer>][])
  await optimise(graph(), join(process.argv[2] as string, name))
