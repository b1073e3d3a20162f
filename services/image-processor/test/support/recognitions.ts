import { type Match, OF_NO_FILE, type RecognisedFace, type Recognition } from '../../src/recognition.ts'

export const GALLERY = 'a'.repeat(64)
export const DESCRIPTOR = Buffer.alloc(512, 7)

export function match(person: string, distance = 0.4, imageName = `${person}/1.jpg`): Match {
  return { person, imageName, distance }
}

export function face(options: Partial<RecognisedFace> = {}): RecognisedFace {
  return {
    box: { x: 0.1, y: 0.1, width: 0.2, height: 0.2 },
    score: 0.9,
    quality: undefined,
    identified: false,
    nearest: undefined,
    runnerUp: undefined,
    descriptor: DESCRIPTOR,
    ...options,
  }
}

/** Faces that are each the person whose key is given, side by side. */
export function identified(...people: (string | Match)[]): Recognition {
  return recognition({
    outcome: 'IDENTIFIED',
    faces: people.map((person, i) =>
      face({
        identified: true,
        nearest: typeof person === 'string' ? match(person) : person,
        box: { x: 0.25 * i, y: 0.1, width: 0.2, height: 0.2 },
      }),
    ),
  })
}

export function recognition(options: Partial<Recognition> = {}): Recognition {
  return {
    outcome: 'UNIDENTIFIED',
    faces: [],
    named: undefined,
    gallery: GALLERY,
    engine: 'test',
    ...OF_NO_FILE,
    ...options,
  }
}

/** An embedding whose distance to that of another place is the distance of the places. */
export function descriptorAt(place: number): Buffer {
  const descriptor = Buffer.alloc(512)
  descriptor.writeFloatLE(place)
  return descriptor
}
