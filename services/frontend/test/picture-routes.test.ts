import assert from 'node:assert/strict'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import sharp from 'sharp'
import { frontend, type TestFrontend } from './support/frontend.ts'
import { addPhoto } from './support/rows.ts'

describe('pictures', () => {
  let front: TestFrontend
  const add = (path: string) => addPhoto(front.database, { path, faces: [{ box: [0.2, 0.2, 0.3, 0.3] }] })

  before(async () => {
    front = await frontend()
    const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#789' } })
      .jpeg()
      .toBuffer()
    await writeFile(join(front.folder, 'here.jpg'), jpeg)
    await writeFile(join(front.folder, 'text.jpg'), 'no picture')
    await mkdir(join(front.folder, 'folder'))
  })
  after(() => front[Symbol.asyncDispose]())

  test('thumbnail, picture and face are WebP that only this browser keeps', async () => {
    const id = await add('here.jpg')
    const { faces } = (await front.app.inject(`/v1/images/${id}`)).json()
    for (const kind of ['thumbnail', 'thumbnail?size=240', 'picture', `faces/${faces[0].id}`]) {
      const answer = await front.app.inject(`/photos/${id}/${kind}`)
      assert.equal(answer.statusCode, 200)
      assert.equal(answer.headers['content-type'], 'image/webp')
      assert.equal(answer.headers['cache-control'], 'private, max-age=300')
      const again = await front.app.inject({
        url: `/photos/${id}/${kind}`,
        headers: { 'if-none-match': String(answer.headers.etag) },
      })
      assert.deepEqual([again.statusCode, again.body], [304, ''])
    }
  })

  test('a word stands in the place of a picture that cannot be shown, and nobody keeps it', async () => {
    for (const [path, word] of [
      ['none.jpg', 'File missing'],
      ['text.jpg', 'Not readable'],
      ['folder', 'Not readable'],
      ['/etc/passwd', 'Path refused'],
      ['../here.jpg', 'Path refused'],
      ['http://example.org/a.jpg', 'Path refused'],
    ] as const) {
      const answer = await front.app.inject(`/photos/${await add(path)}/thumbnail`)
      assert.equal(answer.statusCode, 200, path)
      assert.equal(answer.headers['content-type'], 'image/svg+xml')
      assert.equal(answer.headers['cache-control'], 'no-store')
      assert.ok(answer.body.includes(`>${word}</text>`), path)
    }
  })

  test('while the store is away its pictures say so, and are there as soon as it is back', async () => {
    const id = await add('back.jpg')
    await writeFile(join(front.folder, 'back.jpg'), await sharp(join(front.folder, 'here.jpg')).toBuffer())
    await rename(front.folder, `${front.folder}-elsewhere`)
    try {
      for (const kind of ['thumbnail', 'picture']) {
        const { statusCode, headers, body } = await front.app.inject(`/photos/${id}/${kind}`)
        assert.deepEqual([statusCode, headers['cache-control']], [200, 'no-store'])
        assert.ok(body.includes('>Store away</text>'), body)
      }
    } finally {
      await rename(`${front.folder}-elsewhere`, front.folder)
    }
    assert.equal((await front.app.inject(`/photos/${id}/thumbnail`)).headers['content-type'], 'image/webp')
  })

  test('a photo or a face that does not exist is 404', async () => {
    const id = await add('other.jpg')
    for (const url of ['/photos/999/thumbnail', '/photos/999/picture', `/photos/${id}/faces/999`]) {
      assert.equal((await front.app.inject(url)).statusCode, 404, url)
    }
    for (const url of ['/photos/x/thumbnail', `/photos/${id}/thumbnail?size=241`])
      assert.equal((await front.app.inject(url)).statusCode, 400)
  })
})
