import { hash } from 'node:crypto'
import { type Log, PeriodicTask } from '@livepods/service'
import type { Database } from '@livepods/sql'
import type { DisplayNames, FaceService } from './face-service.ts'

const EVERY_MS = 1000

/**
 * Keeps every replica of the face service, which has no database, told what people are called: names are compared by their version once a
 * second, and sent where another one is known.
 */
export class NameSender implements AsyncDisposable {
  readonly #database: Database
  readonly #faces: Pick<FaceService, 'nameVersions' | 'setNames'>
  readonly #task: PeriodicTask

  constructor({
    database,
    faces,
    log,
  }: { database: Database; faces: Pick<FaceService, 'nameVersions' | 'setNames'>; log: Log }) {
    this.#database = database
    this.#faces = faces
    this.#task = new PeriodicTask(() => this.#run(), {
      everyMs: EVERY_MS,
      jitter: [0.75, 1.25],
      onFailure: (error) => log.warn({ err: error }, 'names of people not sent to face-recognition; retrying'),
    })
  }

  start(): void {
    this.#task.start()
  }

  async #run(): Promise<void> {
    const known = await this.#faces.nameVersions()
    if (known.length === 0) return
    // Read before the names: these are at least as new as their version says.
    const version = await this.#version()
    if (known.every((one) => one === version)) return
    await this.#faces.setNames({ version, ...(await this.#names()) })
  }

  /** Of images only their number counts, and what people changed: there may be many. */
  async #version(): Promise<string> {
    const [row] = await this.#database.rows<{ version: string }>(
      `SELECT CONCAT_WS(' ', (SELECT CONCAT_WS('.', COUNT(*), MAX(id), COUNT(undone_at)) FROM face_changes),
         (SELECT CONCAT_WS('.', COUNT(*), MAX(id), BIT_XOR(CRC32(CONCAT_WS('/', id, folder, name, deleted_at)))) FROM person),
         (SELECT CONCAT_WS('.', COUNT(*), MAX(id)) FROM person_images)) AS version`,
    )
    return hash('sha256', row?.version ?? '')
  }

  /** The key of an image in a folder is the folder; of one beside them it may be more or less of its name, so that the image is named. */
  async #names(): Promise<Omit<DisplayNames, 'version'>> {
    const people = await this.#database.rows<DisplayNames['people'][number]>(
      'SELECT folder AS person, name AS displayName FROM person WHERE deleted_at IS NULL AND folder <> name',
    )
    const images = await this.#database.rows<DisplayNames['images'][number]>(
      `SELECT image_name AS imageName, name AS displayName FROM person_images JOIN person ON person.id = person_id
        WHERE deleted_at IS NULL AND (folder IS NULL OR folder <> SUBSTRING_INDEX(image_name, '/', 1))`,
    )
    return { people, images }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }
}
