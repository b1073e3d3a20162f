import { createHash } from 'node:crypto'
import type { IdentifyResponse } from '@livepods/protos'

export type StubOutcome = 'IDENTIFIED' | 'UNIDENTIFIED' | 'NO_FACE' | 'UNREADABLE'

const PEOPLE = 20
/** Everybody whom the stub knows. */
export const stubPeople: readonly string[] = Array.from({ length: PEOPLE }, (_, number) => `person-${number}`)
const DESCRIPTOR = Buffer.alloc(512, 7)
/** SHA-256 of the people whom the stub knows. */
const GALLERY = createHash('sha256').update('stub').digest('hex')

/** What the stub recogniser says of a path, always: seven of ten are known people, the others by turns the rest. */
export function stubOutcome(path: string): StubOutcome {
  const share = hashOf(path) % 100
  if (share < 70) return 'IDENTIFIED'
  if (share < 85) return 'UNIDENTIFIED'
  return share < 95 ? 'NO_FACE' : 'UNREADABLE'
}

/** The answer of livepods.faces.v1 to that. */
export function stubAnswer(path: string): IdentifyResponse {
  const outcome = stubOutcome(path)
  const person = `person-${Math.floor(hashOf(path) / 100) % PEOPLE}`
  const nearest = {
    person,
    imageName: `${person}/1.jpg`,
    distance: outcome === 'IDENTIFIED' ? 0.3 : 0.8,
  }
  const box = { x: 0.1, y: 0.1, width: 0.2, height: 0.2 }
  const face = { box, score: 0.9, identified: outcome === 'IDENTIFIED', nearest, descriptor: DESCRIPTOR }
  const hasFaces = outcome === 'IDENTIFIED' || outcome === 'UNIDENTIFIED'
  return {
    outcome: `OUTCOME_${outcome}`,
    faces: hasFaces ? [face] : [],
    width: 100,
    height: 100,
    gallery: GALLERY,
    engine: 'stub',
  }
}

function hashOf(path: string): number {
  return createHash('sha256').update(path).digest().readUInt32BE()
}
