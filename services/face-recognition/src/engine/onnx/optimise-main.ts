// Writes the nets as this machine runs them fastest into the folder that is named first: those of opencv where a second folder is named, in
// which two of them lie. A process of its own, whose memory goes with it.
import { join } from 'node:path'
import { opencvGraphs } from '../opencv/graphs.ts'
import type { ModelName } from '../weights.ts'
import { GRAPHS } from './models.ts'
import { optimise } from './session.ts'

const [target = '', folderOfOpencv] = process.argv.slice(2)
const graphs = folderOfOpencv === undefined ? GRAPHS : await opencvGraphs(folderOfOpencv)
for (const [name, graph] of Object.entries(graphs) as [ModelName, () => Uint8Array<ArrayBuffer>][])
  await optimise(graph(), join(target, name))
