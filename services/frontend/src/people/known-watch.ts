import { ProblemError } from '@livepods/http'
import type { Log } from '@livepods/service'
import type { FaceService, Skipped } from './face-service.ts'
import type { KnownState } from './known-state.ts'
import type { People } from './people.ts'

const AGAIN_AFTER_MS = 10_000

/** Follows the known people of the face service: warnings about their pictures, and the repair of rows, whenever something changed. */
export class KnownWatch {
  readonly #faces: Pick<FaceService, 'gallery' | 'list' | 'state'>
  readonly #people: Pick<People, 'repair'>
  readonly #log: Log
  #seen: string | undefined
  #againAt = 0
  #failing = false
  /** A sentence for each known image that helps less than it should, by its name. */
  warnings: ReadonlyMap<string, string> = new Map()
  /** Why the face service cannot be used, in a sentence for people; undefined while it can. */
  fault: string | undefined
  /** What is wrong with the place of the known people. */
  state: KnownState | undefined
  skipped: Skipped = { files: [], total: 0 }

  constructor({
    faces,
    people,
    log,
  }: { faces: Pick<FaceService, 'gallery' | 'list' | 'state'>; people: Pick<People, 'repair'>; log: Log }) {
    this.#faces = faces
    this.#people = people
    this.#log = log
  }

  /** Polls the face service once; a failure is logged once, and the next poll tries again. */
  async poll(): Promise<void> {
    try {
      const gallery = await this.#faces.gallery()
      this.state = await this.#faces.state()
      if (gallery) this.skipped = gallery.skipped
      if (this.state?.kind === 'away' || this.state?.kind === 'held') {
        // Nothing can be changed now, and rows without files are no reason to forget them. All of it once that is over.
        this.#seen = undefined
        this.#failing = false
        this.fault = undefined
        return
      }
      if (gallery === undefined || (gallery.hash === this.#seen && performance.now() < this.#againAt)) return
      const images = await this.#faces.list()
      this.warnings = new Map(images.flatMap(({ imageName, warning }) => (warning ? [[imageName, warning]] : [])))
      await this.#people.repair()
      this.#seen = gallery.hash
      this.#againAt = performance.now() + AGAIN_AFTER_MS
      this.#failing = false
      this.fault = undefined
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: error }, 'poll of known people failed; retrying')
      this.#failing = true
      this.fault = error instanceof ProblemError ? error.message : undefined
    }
  }
}
