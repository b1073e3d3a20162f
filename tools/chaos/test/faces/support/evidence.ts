import { stubOutcome } from '@livepods/testing'
import type { Row } from '../../../src/faces/audit.ts'
import type { PhotoEvidence, PhotoOperation } from '../../../src/faces/evidence.ts'

const PATH =
  Array.from({ length: 100 }, (_, index) => `${index}.jpg`).find((path) => stubOutcome(path) === 'IDENTIFIED') ?? ''

/** A photo that was accepted and identified, as everything should be. */
export const row: Row = {
  id: '1',
  path: PATH,
  key: null,
  status: 1,
  outcome: 'IDENTIFIED',
  person: 3,
  attempts: 1,
  isFinal: true,
  faces: 1,
  createdAt: 1000,
  finishedAt: 2000,
}

export function operation(type: PhotoOperation['type'], value: Partial<PhotoOperation['value']> = {}): PhotoOperation {
  return { t: 1000, process: 0, type, f: 'post', value: { paths: [PATH], ...value } }
}

/** A run in which every invariant holds, with what a test wants to be different. */
export function evidence(different: Partial<PhotoEvidence> = {}): PhotoEvidence {
  return {
    operations: [operation('invoke'), operation('ok', { ids: ['1'] })],
    rows: [row],
    effects: [{ id: '1', generation: 1, rounds: 0, outcome: 'IDENTIFIED' }],
    faults: [],
    endings: [],
    breakers: [],
    footprints: { calm: [], drained: [] },
    redelivered: { timedOut: 0, cameAgain: 0 },
    ...different,
  }
}
