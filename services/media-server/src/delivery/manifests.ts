import { hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Presentation } from '../cmaf/presentation.ts'
import { QUERY } from './query-slot.ts'

/** Less than one packet need not be smaller. */
const MIN_GZIP_BYTES = 1400

/** A playlist or an MPD at one moment, for all who ask for it then. */
export class Manifest {
  readonly etag: string
  /** Cut where the query of a viewer belongs. */
  readonly #pieces: string[]
  #shared: Buffer | undefined
  #gzipped: Buffer | undefined

  constructor(text: string) {
    this.#pieces = text.split(QUERY)
    this.etag = hash('md5', text, 'base64url')
  }

  /** @param query what is repeated behind all its URIs, with its question mark; '' where there is nothing to repeat */
  bytes(query: string): Buffer {
    if (query !== '') return Buffer.from(this.#pieces.join(query))
    this.#shared ??= Buffer.from(this.#pieces.join(''))
    return this.#shared
  }

  /** What all viewers without a query share, or undefined where it is small. To compress it for each query would cost more than it saves. */
  gzipped(): Buffer | undefined {
    const bytes = this.bytes('')
    if (bytes.length < MIN_GZIP_BYTES) return undefined
    this.#gzipped ??= gzipSync(bytes, { level: 1 })
    return this.#gzipped
  }
}

/** The manifests of all presentations, each written once for each change. */
export class Manifests {
  readonly #written = new WeakMap<Presentation, Map<string, { version: number; manifest: Manifest }>>()

  /** @param write called when the presentation has changed since it was called for this name */
  get(presentation: Presentation, name: string, write: () => string): Manifest {
    const { version } = presentation
    const written = this.#written.get(presentation) ?? new Map()
    this.#written.set(presentation, written)
    const there = written.get(name)
    if (there?.version === version) return there.manifest
    const manifest = new Manifest(write())
    written.set(name, { version, manifest })
    return manifest
  }
}
