import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '@livepods/http'
import { FolderStore, ImageRoots } from '@livepods/images'
import { Assets } from '@livepods/page'
import { createLog } from '@livepods/service'
import type { Database } from '@livepods/sql'
import { freshDatabase, type TestDatabase } from '@livepods/testing'
import { buildApp, type Parts } from '../../src/app.ts'
import { KnownWatch } from '../../src/people/known-watch.ts'
import { People } from '../../src/people/people.ts'
import { PeopleStore } from '../../src/people/people-store.ts'
import type { Work } from '../../src/people/work.ts'
import { PhotoStore } from '../../src/photo-store.ts'
import { Pictures } from '../../src/pictures.ts'

const MAX_BYTES = 10 * 1024 * 1024

export interface TestFrontend extends AsyncDisposable {
  app: App
  people: People
  known: Parts['people']['known']
  pictures: Pictures
  database: Database
  db: TestDatabase
  /** Where submitted pictures lie. */
  folder: string
}

interface Options extends Partial<Parts> {
  faces?: FaceDoor
  known?: Parts['people']['known']
}

/** As much of the face service as people are changed through. */
export type FaceDoor = Work['faces']

const away = async () => {
  throw new Error('no face service')
}
const NO_FACES: FaceDoor = {
  add: away,
  remove: away,
  move: away,
  deletePerson: away,
  undeletePerson: away,
  purgePerson: away,
  list: away,
  listing: away,
  count: away,
  describe: away,
  gallery: async () => undefined,
  state: async () => undefined,
  confirmGone: away,
}

/** The whole frontend on a database and a folder of its own; not listening yet. */
export async function frontend({ faces = NO_FACES, known, ...options }: Options = {}): Promise<TestFrontend> {
  const db = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'livepods-frontend-'))
  const knownPeople = join(folder, 'known')
  await mkdir(knownPeople)
  const roots = new ImageRoots({ unknownPeople: folder, knownPeople })
  const pictures = new Pictures({ photos: new FolderStore(roots), maxBytes: MAX_BYTES })
  const log = createLog('test', 'silent')
  const people = new People({ database: db.database, faces, pictures, log })
  const watch = known ?? new KnownWatch({ faces, people, log })
  const app = buildApp({
    store: new PhotoStore(db.database),
    receiver: { send: async () => Promise.reject(new Error('no receiver in this test')) },
    pictures,
    people: {
      people,
      store: new PeopleStore(db.database),
      known: watch,
      maxBytes: MAX_BYTES,
    },
    pipeline: { processes: async () => [] },
    assets: await Assets.read({ frontend: new URL('../../assets/', import.meta.url) }),
    navigation: [],
    threshold: 0.6,
    receiverUrl: 'http://localhost:8000',
    log,
    ...options,
  })
  return {
    app,
    people,
    known: watch,
    pictures,
    database: db.database,
    db,
    folder,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await db[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
