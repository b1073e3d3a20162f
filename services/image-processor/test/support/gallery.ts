import type { KnownStoreState } from '@livepods/protos'
import type { Gallery, MatchedFace } from '../../src/gallery-client.ts'

/** Known people who are points on a line: a face is the nearest within 0.6. `hash` must change with them. */
export class LineGallery {
  hash = 'a'.repeat(64)
  engine = 'test'
  finder = 0
  people: Record<string, number> = {}
  asked = 0
  /** How often its server was asked for its state. */
  asks = 0
  /** How the known people lie, as GetStats says; nothing, as from a server of before. */
  store: KnownStoreState | undefined
  /** What happens before an answer. */
  before: (() => Promise<void>) | undefined

  async current(): Promise<Gallery | undefined> {
    return { hash: this.hash, engine: this.engine, finder: this.finder }
  }

  async match(descriptors: Buffer[]): Promise<{ hash: string; faces: MatchedFace[] }> {
    this.asked += descriptors.length
    await this.before?.()
    return { hash: this.hash, faces: descriptors.map((descriptor) => this.#match(descriptor.readFloatLE(0))) }
  }

  #match(at: number): MatchedFace {
    const [nearest, runnerUp] = Object.entries(this.people)
      .map(([person, place]) => ({ person, imageName: `${person}/1.jpg`, distance: Math.abs(place - at) }))
      .sort((a, b) => a.distance - b.distance)
    return { identified: (nearest?.distance ?? 1) <= 0.6, nearest, runnerUp }
  }
}
