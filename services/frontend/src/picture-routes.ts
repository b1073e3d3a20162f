import { type App, ProblemError, strict } from '@livepods/http'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { type Box, type Picture, THUMBNAILS, type ThumbnailSize } from './pictures.ts'
import { placeholderFor } from './placeholder.ts'
import { ImageId, PersonId } from './schemas.ts'

export interface PictureSource {
  thumbnail(path: string, size: ThumbnailSize): Promise<Picture>
  picture(path: string): Promise<Picture>
  face(path: string, box: Box): Promise<Picture>
}

interface People {
  imagePath(person: number, image: number): Promise<string | undefined>
}

interface Photos {
  path(id: string): Promise<string | undefined>
  photo(id: string): Promise<{ path: string; faces: (Box & { id: string })[] } | undefined>
}

const hide = true
const config = { role: 'read' } as const

/** The bytes of a photo, its thumbnail and its faces; a word in their place when there are none. */
export function pictureRoutes(
  app: App,
  { photos, people, pictures }: { photos: Photos; people: People; pictures: PictureSource },
): void {
  const schema = { hide, params: strict({ id: ImageId }) }

  const size = Type.Union(
    THUMBNAILS.map((width) => Type.Literal(width)),
    { default: 480 },
  )
  const sized = { ...schema, querystring: strict({ size: Type.Optional(size) }) }
  app.get('/photos/:id/thumbnail', { config, schema: sized }, async (request, reply) => {
    const path = found(await photos.path(request.params.id))
    const { size = 480 } = request.query
    return await answer(reply, request.headers['if-none-match'], () => pictures.thumbnail(path, size))
  })

  app.get('/photos/:id/picture', { config, schema }, async (request, reply) => {
    const path = found(await photos.path(request.params.id))
    return await answer(reply, request.headers['if-none-match'], () => pictures.picture(path))
  })

  const knownSchema = { hide, params: strict({ id: PersonId, image: PersonId }) }
  app.get('/people/:id/images/:image/thumbnail', { config, schema: knownSchema }, async (request, reply) => {
    const path = found(await people.imagePath(request.params.id, request.params.image))
    return await answer(reply, request.headers['if-none-match'], () => pictures.thumbnail(path, 240))
  })

  const faceSchema = { hide, params: strict({ id: ImageId, face: ImageId }) }
  app.get('/photos/:id/faces/:face', { config, schema: faceSchema }, async (request, reply) => {
    const photo = found(await photos.photo(request.params.id))
    const face = found(photo.faces.find(({ id }) => id === request.params.face))
    return await answer(reply, request.headers['if-none-match'], () => pictures.face(photo.path, face))
  })
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new ProblemError(404, 'There is no such photo, or no longer.')
  return value
}

async function answer(reply: FastifyReply, known: string | undefined, make: () => Promise<Picture>) {
  try {
    const { webp, etag } = await make()
    reply.header('etag', etag).header('cache-control', 'private, max-age=300')
    return known === etag ? reply.code(304).send() : reply.type('image/webp').send(webp)
  } catch (error) {
    const placeholder = placeholderFor(error)
    if (placeholder === undefined) throw error
    // The file may come any moment.
    return reply.header('cache-control', 'no-store').type('image/svg+xml').send(placeholder)
  }
}
