// Writes the nets as this machine runs them fastest into the folder that is named first, those of opencv when their folder is named, too; a
// process of its own, whose memory goes with it.
import { join } from 'node:path'
import { OPENCV_GRAPHS } from '../opencv/graphs.ts'
import { type OpencvModel, readModels } from '../opencv/model-folder.ts'
import { GRAPHS } from './models.ts'
import { optimise } from './session.ts'

const [target = '', folderOfOpencv] = process.argv.slice(2)
const graphs = folderOfOpencv === undefined ? GRAPHS : await opencvGraphs(folderOfOpencv)
for (const [name, graph] of Object.entries(graphs)) await optimise(graph(), join(target, name))

async function opencvGraphs(folder: string): Promise<Record<OpencvModel, () => Uint8Array<ArrayBuffer>>> {
  const { detector, descriptors } = await readModels(folder)
  return {
    detector: () => OPENCV_GRAPHS.detector(detector),
    descriptors: () => OPENCV_GRAPHS.descriptors(descriptors),
  }
}
