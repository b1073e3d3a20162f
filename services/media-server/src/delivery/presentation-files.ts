import type { IncomingMessage, ServerResponse } from 'node:http'
import { counter } from '@livepods/service'
import type { Presentation } from '../cmaf/presentation.ts'
import { sentBytes } from '../hub/metrics.ts'
import { BlockedRequests } from './blocked-requests.ts'
import { SHARED } from './cors.ts'
import { type Asked, ManifestContents } from './manifest-content.ts'
import { initContent, partContent, segmentContent, snapshotContent } from './media-content.ts'
import type { MediaFile } from './parse-media-request.ts'
import { type Content, sendContent } from './send-content.ts'

/** Those of PresentationFile. */
const FILE_TYPES = [
  'multivariant',
  'playlist',
  'mpd',
  'init',
  'segment',
  'part',
  'snapshot',
] as const satisfies PresentationFile['type'][]

const requests = counter({
  name: 'presentation_requests_total',
  help: 'Requests for files of HLS and DASH, by what was asked for.',
  labels: ['file'],
  values: FILE_TYPES,
})

/** A file that is made of a presentation. */
export type PresentationFile = Exclude<MediaFile, { type: 'flv' | 'time' | 'alias' }>

/** The files of HLS and DASH; what is announced and not there yet is waited for. */
export class PresentationFiles {
  readonly #draining: AbortSignal | undefined
  readonly #blocked: BlockedRequests
  readonly #manifests: ManifestContents

  /** The process is asked to stop; requests are not to wait any longer. */
  constructor({ draining, closing }: Record<'draining' | 'closing', AbortSignal | undefined>) {
    this.#draining = draining
    this.#blocked = new BlockedRequests(closing)
    this.#manifests = new ManifestContents(this.#blocked)
  }

  /** Rejects with ProblemError. */
  async serve(
    presentation: Presentation,
    { file, query }: { file: PresentationFile; query: URLSearchParams },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    requests.inc({ file: file.type })
    const content = await this.#find(presentation, file, { query, headers: request.headers })
    if (this.#draining?.aborted) response.shouldKeepAlive = false
    const { bytes, size } = sendContent(request, response, content, SHARED)
    if (bytes === 0) return
    sentBytes.inc({ protocol: 'cmaf' }, bytes)
    if (content.seconds !== undefined) presentation.viewers.add((content.seconds * bytes) / size, performance.now())
  }

  async #find(presentation: Presentation, file: PresentationFile, asked: Asked): Promise<Content> {
    switch (file.type) {
      case 'multivariant':
        return await this.#manifests.multivariant(presentation, file.plain, asked)
      case 'playlist':
        return await this.#manifests.playlist(presentation, file, asked)
      case 'mpd':
        return await this.#manifests.mpd(presentation, asked)
      case 'init':
        return await initContent(presentation, file.name, this.#blocked)
      case 'segment':
        return await segmentContent(presentation, file, this.#blocked)
      case 'part':
        return await partContent(presentation, file, this.#blocked)
      case 'snapshot':
        return snapshotContent(presentation)
    }
  }
}
