import { People } from '@livepods/frontend/people'
import { Dying } from '@livepods/frontend/test/dying'
import { KnownFiles } from '@livepods/frontend/test/known-files'
import { ProblemError } from '@livepods/http'
import { Clustering } from '@livepods/image-processor/clustering'
import { GalleryStore } from '@livepods/image-processor/gallery-store'
import { ReMatch } from '@livepods/image-processor/re-match'
import { createLog } from '@livepods/service'
import type { Database } from '@livepods/sql'
import { descriptorOf, distanceOf, identityOf, identityOfImage } from './identities.ts'
import type { Names } from './names.ts'
import { NO_PICTURE, type Operation } from './operation.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'

/** Photos, and the identities of the faces on each. */
const PHOTOS = [[0, 1], [0], [0], [1], [1, 2], [2]]
const ENGINE = 'model'
const BY = { actor: 'model', requestId: 'model' }
const silent = createLog('people-model', 'silent')

export interface Answer {
  /** HTTP status of a refusal; undefined: it was carried out. */
  refused: number | undefined
  message: string
  /** Id of the change. */
  change: string | undefined
}

const DONE: Answer = { refused: undefined, message: '', change: undefined }

/** The real thing: people as a frontend changes them and as an image-processor sees them, on a database; only the face service is a map. */
export class World {
  readonly database: Database
  readonly files = new KnownFiles()
  /** The identity of each face, by its id. */
  readonly identities: ReadonlyMap<string, number>
  readonly #names: () => Names
  readonly #galleries: GalleryStore
  #clustering = new Clustering({ log: silent })

  /** Empties the database, and puts photos of unknown people into it. `names` says which rows the keys of operations are. */
  static async open(database: Database, names: () => Names): Promise<World> {
    for (const table of ['group_apart', 'face_changes', 'faces', 'images', 'face_groups', 'person_images', 'person'])
      await database.change(`DELETE FROM ${table}`)
    const identities = new Map<string, number>()
    for (const [number, faces] of PHOTOS.entries()) {
      const { insertId: photo } = await database.change(
        `INSERT INTO images (path, status, outcome, finished_at, due_at, wake_at) VALUES (?, 0, 'UNIDENTIFIED', UTC_TIMESTAMP(3), NULL, NULL)`,
        // The name of an upload: its bytes cannot have been replaced.
        [`uploads/${String(number).padStart(64, '0')}.jpg`],
      )
      for (const [place, identity] of faces.entries()) {
        const { insertId } = await database.change(
          'INSERT INTO faces (image_id, x, y, width, height, score, descriptor, engine) VALUES (?, ?, 0.1, 0.1, 0.2, 0.9, ?, ?)',
          [photo, place / 4, descriptorOf(identity), ENGINE],
        )
        identities.set(insertId, identity)
      }
    }
    return new World(database, identities, names)
  }

  private constructor(database: Database, identities: ReadonlyMap<string, number>, names: () => Names) {
    this.database = database
    this.identities = identities
    this.#names = names
    this.#galleries = new GalleryStore(database)
  }

  async snapshot(): Promise<Snapshot> {
    return await readSnapshot(this.database, this.files)
  }

  /** Carries an operation out, as one of two frontends does it. */
  async carryOut(operation: Operation): Promise<Answer> {
    return await this.#carryOut(operation, new People(this.#parts))
  }

  /** The same by a frontend that dies at that step; undefined when it died. */
  async cut(operation: Operation, at: { step: number; during: boolean }): Promise<Answer | undefined> {
    const dying = new Dying(this.#parts, at.step, at)
    try {
      const answer = await this.#carryOut(operation, dying.people)
      return dying.died ? undefined : answer
    } catch (error) {
      if (dying.died) return undefined
      throw error
    }
  }

  get #parts() {
    const pictures = {
      portrait: async (path: string, { x }: { x: number }) => Buffer.from(await this.#faceAt(path, x)),
      copy: async (path: string) => this.files.files.get(path.replace('/known_people/', '')) ?? Buffer.alloc(0),
      forget: () => {},
    }
    return { database: this.database, faces: this.files, pictures, log: silent }
  }

  async #faceAt(path: string, x: number): Promise<string> {
    const [row] = await this.database.rows<{ id: string }>(
      'SELECT faces.id FROM faces JOIN images ON images.id = image_id WHERE path = ? AND x = ?',
      [path, x],
    )
    return `face ${row?.id}`
  }

  async #carryOut(operation: Operation, people: People): Promise<Answer> {
    try {
      const change = await this.#send(operation, people)
      return { ...DONE, change }
    } catch (error) {
      // What says 503 was not carried out for a reason that the model does not know.
      if (!(error instanceof ProblemError) || error.status === 503) throw error
      return { refused: error.status, message: error.message, change: undefined }
    }
  }

  async #send(operation: Operation, people: People): Promise<string | undefined> {
    const names = this.#names()
    const person = (key: string) => Number(names.id('person', key) ?? -2)
    const group = (key: string) => names.id('group', key) ?? '0'
    const seen = (key: string | null | undefined) => (key ? person(key) : (key as null | undefined))
    switch (operation.kind) {
      case 'name': {
        const { face, who } = operation
        const whom = 'person' in who ? { person: person(who.person) } : { ...who, another: false }
        return await people.name(BY, await this.#photoOf(face), face, whom, seen(operation.seen))
      }
      case 'split':
        return await people.split(BY, await this.#photoOf(operation.face), operation.face, seen(operation.seen))
      case 'apart':
        return await people.apart(BY, group(operation.one), group(operation.other))
      case 'merge':
        return await people.merge(BY, person(operation.from), person(operation.into))
      case 'rename':
        return await people.rename(BY, person(operation.person), operation.name)
      case 'add':
        return (await people.add(BY, operation.name, operation.pictures.map(photoFile))).change
      case 'add-photos':
        return await people.addPhotos(BY, person(operation.person), operation.pictures.map(photoFile))
      case 'remove-image':
        return await people.removeImage(BY, person(operation.person), await this.#imageOf(operation))
      case 'delete':
        return await people.delete(BY, person(operation.person))
      case 'undo':
        await people.undo(BY, names.id('change', operation.change) ?? '0')
        return undefined
      case 'expire':
        await this.database.change('UPDATE person SET deleted_at = deleted_at - INTERVAL 5 MINUTE')
        return undefined
      case 'repair':
        await people.repair()
        return undefined
      case 'group':
        await this.#matchAndCluster()
        return undefined
      case 'match':
      case 'cluster':
        throw new Error('No machine stops half-way.')
    }
  }

  async #photoOf(face: string): Promise<string> {
    const [row] = await this.database.rows<{ image_id: string }>('SELECT image_id FROM faces WHERE id = ?', [face])
    return row?.image_id ?? '0'
  }

  async #imageOf({ person, image }: Operation<'remove-image'>): Promise<number> {
    const rows = await this.database.rows<{ id: number; image_name: string }>(
      'SELECT id, image_name FROM person_images WHERE person_id = ?',
      [Number(this.#names().id('person', person) ?? -2)],
    )
    return rows.find((row) => this.files.files.get(row.image_name)?.toString() === image)?.id ?? -1
  }

  /** One run of the image-processor's periodic task: a re-match, then clustering. */
  async #matchAndCluster(): Promise<void> {
    const owners = new Map<string, number>()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    await using reMatch = new ReMatch({
      database: this.database,
      galleries: this.#galleries,
      client: {
        current: async () => {
          for (const { id, folder } of await this.database.rows<{ id: number; folder: string }>(
            'SELECT id, folder FROM person',
          ))
            owners.set(folder, id)
          return { hash: (await this.files.gallery())?.hash ?? '', engine: ENGINE, finder: 0 }
        },
        match: async (descriptors) => ({
          hash: (await this.files.gallery())?.hash ?? '',
          faces: descriptors.map((descriptor) => this.#nearest(descriptor, owners)),
        }),
      },
      pending: async () => 0,
      isPaused: () => false,
      afterwards: async (session, gallery) => {
        await this.#clustering.run(session, gallery)
        resolve()
      },
      everyMs: 3_600_000,
      log: { ...silent, warn: ({ err }: { err: Error }) => reject(err) } as never,
    })
    reMatch.start()
    await promise
  }

  #nearest(descriptor: Buffer, owners: ReadonlyMap<string, number>) {
    const identity = identityOf(descriptor)
    const order = [...this.files.files].map(([imageName, bytes]) => {
      const person = imageName.slice(0, imageName.indexOf('/'))
      const isLike = identityOfImage(bytes.toString(), this.identities) === identity
      return { person, imageName, distance: distanceOf(bytes.toString()) + (isLike ? 0 : 1) }
    })
    order.sort((a, b) => a.distance - b.distance || (owners.get(a.person) ?? 0) - (owners.get(b.person) ?? 0))
    const [nearest] = order
    const runnerUp = order.find(({ person }) => person !== nearest?.person)
    return { identified: nearest !== undefined && nearest.distance < 1, nearest, runnerUp }
  }
}

const photoFile = (picture: string) => ({
  name: picture === NO_PICTURE ? 'none.txt' : `${picture}.jpg`,
  bytes: Buffer.from(picture),
})
