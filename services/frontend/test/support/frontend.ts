import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '@livepods/http'
import { FolderStore, ImageRoots } from '@livepods/images'
import { Assets } from '@livepods/page'
import { createLog } from '@livepods/service'
import type { Database } from '@livepods/sql'
import { freshDatabase, type TestDatabase } from '@livepods/testing'
import { buildApp, type Frontend } from '../../src/app.ts'
import { PhotoStore } from '../../src/photo-store.ts'
import { Pictures } from '../../src/pictures.ts'

export interface TestFrontend extends AsyncDisposable {
  app: App
  database: Database
  db: TestDatabase
  /** Where submitted pictures lie. */
  folder: string
}

/** The whole frontend on a database and a folder of its own; not listening yet. */
export async function frontend(options: Partial<Frontend> = {}): Promise<TestFrontend> {
  const db = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'livepods-frontend-'))
  const roots = new ImageRoots({ unknownPeople: folder, knownPeople: join(folder, 'known') })
  const app = buildApp({
    store: new PhotoStore(db.database),
    pictures: new Pictures({ photos: new FolderStore(roots), maxBytes: 10 * 1024 * 1024 }),
    receiver: { send: async () => Promise.reject(new Error('no receiver in this test')) },
    chain: { processes: async () => [] },
    assets: await Assets.read({ frontend: new URL('../../assets/', import.meta.url) }),
    navigation: [],
    threshold: 0.6,
    submit: { url: 'http://localhost:8000', folder: 'unknown_people' },
    log: createLog('test', 'silent'),
    ...options,
  })
  return {
    app,
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
