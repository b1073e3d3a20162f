import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, connect } from '@livepods/grpc'
import { uploadPath } from '@livepods/images'
import { faces } from '@livepods/protos'
import { Database, databaseOptions } from '@livepods/sql'
import { System } from '@livepods/system'
import { eventually, S3Server } from '@livepods/testing'
import { openBrowser, openTab } from '@livepods/testing/browser'
import { give } from './give.ts'
import { PERSON } from './people.ts'
import { photos } from './photos.ts'

/** All processes of the suite, a browser, and a look at all that they keep. With `s3`, the program of an S3 server, pictures lie there. */
export async function wholeSuite({ s3 }: { s3?: string | undefined } = {}) {
  const stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'livepods-people-'))
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const server = s3 === undefined ? undefined : stack.use(await S3Server.start(s3))
  const environment = server?.environment('story') ?? {}
  const system = stack.use(await System.start({ groups: ['faces'], directory, usualPorts: false, environment }))
  const database = stack.use(new Database(databaseOptions({ MYSQL_DBNAME: 'kube', ...system.database } as never)))
  const face = stack.adopt(
    connect(faces.FaceRecognitionService, `127.0.0.1:${system.port('face-recognition')}`),
    (client) => client.close(),
  )
  const browser = stack.adopt(await openBrowser(), (browser) => browser.close())
  const tab = stack.use(await openTab(browser, { mayBeGone: PERSON }))
  const { page } = tab
  const url = `http://127.0.0.1:${system.port('frontend')}`
  return {
    page,
    complaints: tab.complaints,
    database,
    url,
    /** Drops test photos on the page of photos; resolves with their ids when their rows are there. */
    drop: async (...names: string[]) => {
      await page.goto(url)
      const files = names.map((name) => ({ name, bytes: readFileSync(join(photos, 'azure', name)) }))
      await give(page, 'drop', files)
      const paths = files.map(({ bytes }) => uploadPath(createHash('sha256').update(bytes).digest('hex'), 'jpeg'))
      return await eventually(async () => {
        const rows = await database.rows<{ id: string; path: string }>(
          'SELECT id, path FROM images WHERE path IN (?)',
          [paths],
        )
        if (rows.length < paths.length) throw new Error(`${rows.length} of ${paths.length} photos are there.`)
        return paths.map((path) => rows.find((row) => row.path === path)?.id ?? '')
      })
    },
    /** What the faces of a picture look like, in bytes. */
    describe: async (content: Buffer) => {
      const answer = await call(face, face.identify, { content, withDescriptors: true }, { deadlineMs: 30_000 })
      return answer.faces.map(({ descriptor }) => descriptor)
    },
    /** The files that hold pictures and what is known of people: their paths, and what is in them. */
    kept: () =>
      ['known_people', 'unknown_people', 'gallery']
        .map((folder) => join(directory, folder))
        .concat(server?.folder ?? [])
        .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => ({ path, bytes: readFileSync(path) })),
    /** Every value in every table. */
    values: async () => {
      const tables = await database.rows<{ name: string }>(
        'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
      )
      const rows = tables.map(
        async ({ name }) => await database.rows<Record<string, unknown>>(`SELECT * FROM \`${name}\``),
      )
      return (await Promise.all(rows)).flat().flatMap((row) => Object.values(row))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
