import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createLog } from '@livepods/service'
import { Database, StatementTooLargeError } from '@livepods/sql'
import { PhotoStore } from '../src/photo-store.ts'
import { frontend, type TestFrontend } from './support/frontend.ts'
import { addPerson, addPhoto, type FaceSeed, type Seed } from './support/rows.ts'

const accept = { accept: 'text/html,*/*' }
const EVIL = `<img src=x onerror=alert(1)>"'&`

async function page({ app }: Pick<TestFrontend, 'app'>, url: string) {
  const answer = await app.inject({ url, headers: accept })
  return { status: answer.statusCode, headers: answer.headers, text: answer.body }
}

test('an empty start says what to do', async () => {
  await using front = await frontend()
  const { status, text } = await page(front, '/')
  assert.equal(status, 200)
  assert.match(text, /No photos yet/)
  assert.match(text, /curl .*http:\/\/localhost:8000\/v1\/images/)
  assert.match((await page(front, '/chain')).text, /STATUS_URLS/)
})

test('what is wrong with a photo is said with what helps, and is no error of a try', async () => {
  await using front = await frontend()
  const wrong = { path: 'a.jpg', status: 2, outcome: 'UNREADABLE', finishedAgo: 5, lastError: 'The file is <empty>.' }
  const { text } = await page(front, `/photos/${await addPhoto(front.database, wrong)}`)
  assert.match(text, /The file is &lt;empty&gt;\. Write the whole picture to it/)
  assert.match(text, /Not readable<\/span>.*<bdi>The file is &lt;empty&gt;\.<\/bdi>/s)
  assert.doesNotMatch(text, /Last error/)
})

describe('pages', () => {
  let front: TestFrontend
  let evil: number
  const ids: string[] = []

  before(async () => {
    front = await frontend()
    evil = await addPerson(front.database, EVIL)
    const known = {
      status: 1,
      outcome: 'IDENTIFIED',
      person: evil,
      attempts: 3,
      claimedBy: EVIL.slice(0, 20),
      lastError: EVIL,
    }
    for (let index = 0; index < 100; index++) {
      const times = { createdAgo: 3000, claimedAgo: 2000, finishedAgo: 1880 }
      const faces = [{ person: evil, distance: 0.41 }, { runnerUp: [evil, 0.8] as [number, number] }]
      ids.push(await addPhoto(front.database, { ...known, ...times, path: `${EVIL}/${index}.jpg`, faces }))
    }
    for (const outcome of ['NO_FACE', 'UNREADABLE', 'MISSING', 'REFUSED', 'EXHAUSTED']) {
      await addPhoto(front.database, { path: outcome, status: 2, outcome, finishedAgo: 0 })
    }
    await addPhoto(front.database, { path: 'waiting' })
    await addPhoto(front.database, { path: 'again', attempts: 1, claimedAgo: 5, dueIn: 60_000, lastError: 'no answer' })
    await addPhoto(front.database, { path: 'running', status: 3, claimedAgo: 5, dueIn: 30_000, attempts: 1 })
    await addPhoto(front.database, {
      path: 'stranger',
      outcome: 'UNIDENTIFIED',
      faces: [{ runnerUp: [evil, 0.7] }],
    })
    await addPhoto(front.database, { path: 'original', status: 1, person: evil })
  })
  after(() => front[Symbol.asyncDispose]())

  test('48 photos are on a page, and Older leads through all of them', async () => {
    let url: string | undefined = `/?person=${evil}`
    const seen: string[] = []
    while (url) {
      const { text } = await page(front, url)
      seen.push(...[...text.matchAll(/<li id="photo-(\d+)"/g)].map(([, id]) => id ?? ''))
      const older: string | undefined = /<a class="button" rel="next" href="([^"]+)">Older/.exec(text)?.[1]
      url = older?.replaceAll('&amp;', '&')
    }
    assert.deepEqual(seen, ids.toReversed())
  })

  test('the page of a photo that was decoded cut off says so', async () => {
    const seed = { path: 'cut', outcome: 'UNIDENTIFIED', faces: [{}] }
    const [cut, whole] = [
      await addPhoto(front.database, { ...seed, truncated: true }),
      await addPhoto(front.database, { ...seed, path: 'whole' }),
    ]
    const sentence = /The file is cut off[^<]*Faces in the missing part were not found/
    assert.match((await page(front, `/photos/${cut}`)).text, sentence)
    assert.doesNotMatch((await page(front, `/photos/${whole}`)).text, sentence)
    for (const [id, truncated] of [
      [cut, true],
      [whole, false],
    ] as const)
      assert.equal((await front.app.inject(`/v1/images/${id}`)).json().truncated, truncated)
    await front.database.change('DELETE FROM images WHERE id IN (?)', [[cut, whole]])
  })

  test('the page of a photo says what was left out, and which faces are too poor to compare, and offers them', async () => {
    const poor = { quality: 0.2 }
    const seeds: Record<string, Partial<Seed> & { faces: FaceSeed[] }> = {
      poor: { faces: [poor, poor], moreFaces: 1 },
      mixed: { faces: [poor, { quality: 1 }, {}], moreFaces: 12 },
      unsearched: { outcome: 'NO_FACE', status: 2, faces: [], incomplete: true },
    }
    const texts: Record<string, string> = {}
    for (const [path, seed] of Object.entries(seeds)) {
      const id = await addPhoto(front.database, { path, outcome: 'UNIDENTIFIED', ...seed })
      texts[path] = (await page(front, `/photos/${id}`)).text
      const { faces, incomplete, moreFaces } = (await front.app.inject(`/v1/images/${id}`)).json()
      assert.equal(faces[0]?.quality, seed.faces[0]?.quality)
      assert.deepEqual([incomplete, moreFaces], [seed.incomplete ?? false, seed.moreFaces ?? 0])
      await front.database.change('DELETE FROM images WHERE id = ?', [id])
    }
    const { poor: small = '', mixed = '', unsearched = '' } = texts
    assert.match(small, /2 faces, too small or too blurred to tell who they are\. Say it below\./)
    assert.match(small, /1 more face, the smallest, was found and left out/)
    assert.equal(small.split('Too small or too blurred to be compared well.').length, 3)
    assert.equal(small.split('Who is this?').length, 3)
    assert.match(mixed, /3 faces, none near enough to a known person/)
    assert.match(mixed, /12 more faces, the smallest, were found and left out/)
    assert.equal(mixed.split('Too small or too blurred to be compared well.').length, 2)
    assert.match(unsearched, /There may be small faces that were not found/)
    for (const text of [small, mixed]) assert.doesNotMatch(text, /There may be small faces/)
  })

  test('names, paths and errors are shown as text, whatever they contain', async () => {
    for (const url of ['/', `/?person=${evil}`, `/photos/${ids[0]}`]) {
      const { status, text } = await page(front, url)
      assert.equal(status, 200)
      assert.ok(!text.includes('<img src=x'), url)
      assert.ok(text.includes('&lt;img src=x onerror=alert(1)&gt;'), url)
    }
  })

  test('every photo has a page with a sentence on it', async () => {
    const { images } = (await front.app.inject('/v1/images?limit=12')).json()
    const sentences: Record<string, RegExp> = {
      NO_FACE: /No face was found.*Send one/,
      UNREADABLE: /cannot be read as a picture.*JPEG/,
      MISSING: /no file at this path.*Put it there/,
      REFUSED: /outside the folders/,
      EXHAUSTED: /failed 0 times.*retry job/,
      waiting: /waits for its turn/,
      again: /next one is due/,
      running: /looked at, begun/,
      stranger: /1 face, none near enough.*0\.70.*threshold 0\.60/,
      original: /was recognised/,
    }
    for (const { id, path } of images) {
      const { text } = await page(front, `/photos/${id}`)
      assert.match(text, sentences[path] ?? /was recognised; 1 face more is not known/, path)
    }
  })

  test('a filter is kept in the form, and one that finds nothing says so', async () => {
    const { text } = await page(front, `/?state=failed&person=`)
    assert.match(text, /<option selected>failed/)
    assert.equal(text.match(/<li id="photo-/g)?.length, 5)
    assert.match((await page(front, `/?state=failed&person=${evil}`)).text, /No photo fits this filter/)
    assert.match((await page(front, '/?before=1')).text, /There are no older photos/)
  })

  test('the first page with its scripts and styles takes at most 60 kB', async () => {
    const { text } = await page(front, '/')
    assert.equal(text.match(/<li id="photo-/g)?.length, 48)
    let bytes = gzipSync(text).length
    const queue = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url]) => url ?? '')
    const seen = new Set<string>()
    for (const url of queue) {
      if (seen.has(url)) continue
      seen.add(url)
      const { statusCode, body } = await front.app.inject(url)
      assert.equal(statusCode, 200, url)
      bytes += gzipSync(body).length
      for (const [, from] of body.matchAll(/from '([^']+)'/g))
        queue.push(new URL(from ?? '', `http://h${url}`).pathname)
    }
    assert.ok(seen.size >= 8, `only ${seen.size} assets were found`)
    assert.ok(bytes < 60 * 1024, `${bytes} bytes`)
  })

  test('what does not exist is a page for people and problem+json for programs', async () => {
    for (const [url, expected] of [
      ['/photos/999999', 404],
      ['/nothing/here', 404],
      ['/?state=lost', 400],
      ['/photos/abc', 400],
    ] as const) {
      const { status, headers, text } = await page(front, url)
      assert.deepEqual([status, headers['content-type']], [expected, 'text/html; charset=utf-8'], url)
      assert.match(text, /Go to the photos/)
      const program = await front.app.inject({ url, headers: { accept: 'application/json' } })
      assert.deepEqual(
        [program.statusCode, program.headers['content-type']],
        [expected, 'application/problem+json'],
        url,
      )
    }
  })
})

test('HEAD of a stream of events is refused, since it would never end', async () => {
  await using front = await frontend()
  assert.equal((await front.app.inject({ method: 'HEAD', url: '/' })).statusCode, 200)
  assert.equal((await front.app.inject({ method: 'HEAD', url: '/chain/events' })).statusCode, 404)
})

test('without a database the pages say so and ask again, the status is shown, and all is well when it is back', async () => {
  const away = new Database({ host: '127.0.0.1', port: 1, user: 'u', password: 'p', database: 'd' })
  await using front = await frontend({ store: new PhotoStore(away), log: createLog('test', 'silent') })
  const { status, headers, text } = await page(front, '/')
  assert.deepEqual([status, headers['retry-after']], [503, '3'])
  assert.match(text, /The database does not answer\. Nothing is lost/)
  assert.match(text, /frontend\/again\.js/)
  assert.match(text, /http-equiv="refresh" content="5"/)
  assert.equal((await page(front, '/chain')).status, 200)
  assert.equal((await front.app.inject('/v1/images')).statusCode, 503)
  await away[Symbol.asyncDispose]()
})

test('a statement that is larger than the database takes is no fault of who asked, and says what to set', async () => {
  class Full extends PhotoStore {
    override async page(): Promise<never> {
      throw new StatementTooLargeError(undefined)
    }
  }
  await using away = new Database({ host: '127.0.0.1', port: 1, user: 'u', password: 'p', database: 'd' })
  await using front = await frontend({ store: new Full(away) })
  const { status, text } = await page(front, '/')
  assert.equal(status, 503)
  assert.match(text, /max_allowed_packet/)
})

test('a database without tables is told from one that is away', async () => {
  await using front = await frontend()
  await front.database.change('DROP TABLE faces')
  await front.database.change('DROP TABLE images')
  const { status, text } = await page(front, '/')
  assert.equal(status, 503)
  assert.match(text, /no tables yet\. Run the migrations/)
})

test('a photo that waits for its file says so, and that nothing failed', async () => {
  await using front = await frontend()
  const lastError = 'The file is empty. The file may still be being written.'
  const id = await addPhoto(front.database, { path: 'written.jpg', claimedAgo: 5, dueIn: 8000, lastError })
  const { text } = await page(front, `/photos/${id}`)
  assert.match(text, /<h1>Waiting<\/h1>/)
  assert.match(text, /The file is empty\. The file may still be being written\.<\/bdi> The next look is due <time/)
  assert.match(text, /<span>Waits<\/span>/)
  assert.doesNotMatch(text, /Last error|last try failed/)
})
