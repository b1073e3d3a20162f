import { FolderStore, type ImageFileStore, ImageRoots } from '@livepods/images'
import { createLog } from '@livepods/service'
import { buildApp, type Dependencies } from '../../src/app.ts'
import { KeyReusedError, type Stored, type Submission } from '../../src/submission-store.ts'
import { Submissions } from '../../src/submissions.ts'
import { Uploads } from '../../src/uploads.ts'

export const log = createLog('test', 'silent')

export const imageFiles = new FolderStore(
  new ImageRoots({ unknownPeople: '/data/unknown', knownPeople: '/data/known' }),
)

/** Rows in memory, with the rules of the real store. */
export class FakeStore {
  readonly batches: Submission[][] = []
  /** What every batch waits for. */
  gate: Promise<unknown> = Promise.resolve()
  /** Thrown once each, before anything is stored. */
  readonly faults: Error[] = []
  readonly #rows = new Map<string, Submission & { row: string }>()

  async accept(submissions: Submission[]): Promise<(Stored | KeyReusedError)[]> {
    this.batches.push(submissions)
    await this.gate
    const fault = this.faults.shift()
    if (fault) throw fault
    return submissions.map((submission) => {
      const { path, key } = submission
      const ofKey = [...this.#rows.values()].find((row) => key !== undefined && row.key === key)
      if (ofKey && ofKey.path !== path) return new KeyReusedError('The idempotency key was used for another path.')
      const row = this.#rows.get(path) ?? { ...submission, row: String(this.#rows.size + 1) }
      this.#rows.set(path, row)
      return { id: row.row, path, status: 'PENDING', isNew: row.id === submission.id }
    })
  }
}

interface BuildOptions extends Partial<Dependencies> {
  notify?: (ids: string[]) => Promise<void>
  maxWaiting?: number
  /** Where uploads go. */
  uploadStore?: ImageFileStore
  maxBytes?: number
}

/** The app over fakes; what a test does not give is not called by it. */
export function build(parts: BuildOptions = {}) {
  const store = new FakeStore()
  const notified: string[] = []
  const notify = parts.notify ?? (async (ids: string[]) => void notified.push(...ids))
  const maxWaiting = parts.maxWaiting ?? 5000
  const submissions = new Submissions({ store, notifier: { notify }, imageFiles, maxWaiting })
  const photos = { photo: async () => undefined, page: async () => ({ photos: [], next: undefined }) }
  const photoStore = { delete: async () => false }
  const uploads = new Uploads({
    store: parts.uploadStore ?? imageFiles,
    submissions,
    maxBytes: parts.maxBytes ?? 1_000_000,
  })
  const app = buildApp({ log, submissions, photos, photoStore, uploads, ...parts })
  return { app, store, notified, submissions, uploads }
}
