import { type App, ProblemError, ProblemSchema, strict } from '@livepods/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { formOf } from './form.ts'
import type { KnownWatch } from './people/known-watch.ts'
import { formerOf } from './people/naming.ts'
import type { People } from './people/people.ts'
import type { PeopleStore, PersonCard } from './people/people-store.ts'
import type { Who } from './people/person-rows.ts'
import { ImageId, PersonId } from './schemas.ts'

export interface PeopleParts {
  people: People
  store: PeopleStore
  known: Pick<KnownWatch, 'warnings' | 'fault' | 'state' | 'skipped' | 'poll'>
  /** Largest picture file. */
  maxBytes: number
}

const errors = { '4xx': ProblemSchema, '5xx': ProblemSchema }
const Name = Type.String({ maxLength: 20_000, description: '1 to 255 characters' })
const Another = Type.Optional(
  Type.Boolean({ description: 'a further person of that name, which somebody has already' }),
)
/** 409 says what is in the way, so that a program can ask. */
const Conflict = Type.Object({
  ...ProblemSchema.properties,
  code: Type.Optional(
    Type.Enum(['named_meanwhile', 'name_taken'], {
      description:
        'named_meanwhile: the face is neither whose `seen` says nor whom you name, but `person`’s, for `seconds`; send it again with that person as `seen` to change it. name_taken: `people` have the name; send the id of one of them, or `another`.',
    }),
  ),
  person: Type.Optional(Type.Object({ id: Type.Integer(), name: Type.String() })),
  seconds: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  people: Type.Optional(Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() }))),
})
const seenDescription =
  'Whose the face was when you looked. When a person said otherwise meanwhile, the answer is 409 and says whose it is. Left out: nothing is compared, and a face that was somebody’s is corrected, which changes that face alone.'
const Changed = Type.Object({ change: Type.String({ description: 'for /v1/changes/{id}/undo' }) })

const Person = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  photos: Type.Integer({ description: 'on so many photos they are recognised' }),
  images: Type.Array(
    Type.Object({ id: Type.Integer(), name: Type.String(), warning: Type.Union([Type.String(), Type.Null()]) }),
  ),
})

const config = { role: 'manage' } as const

/** Who changes something, for the log of changes. */
export const by = ({ actor, id }: FastifyRequest) => ({ actor, requestId: id })

/** What people do to people, as JSON; photos as multipart/form-data with the fields `name`, `another` and files. */
export function peopleRoutes(app: App, { people, store, known, maxBytes }: PeopleParts): void {
  app.register(async (routes: App) => {
    const params = strict({ id: PersonId })
    const face = strict({ id: ImageId, face: ImageId })
    const changed = { 200: Changed, 409: Conflict, ...errors }

    routes.get(
      '/v1/people/:id',
      { config: { role: 'read' }, schema: { params, response: { 200: Person, ...errors } } },
      async (request, reply) => {
        return await person(reply, request.params.id)
      },
    )

    routes.post('/v1/people', { config, schema: { response: { 201: Person, ...errors } } }, async (request, reply) => {
      const form = await formOf(request, { maxBytes })
      const another = form.field('another') !== ''
      const { person: id } = await people.add(by(request), form.field('name'), form.files, { another })
      return await person(reply.code(201).header('location', `/v1/people/${id}`), id)
    })

    const rename = strict({ name: Name, another: Another })
    routes.patch('/v1/people/:id', { config, schema: { params, body: rename, response: changed } }, async (request) => {
      const { name, another = false } = request.body
      return { change: await people.rename(by(request), request.params.id, name, { another }) }
    })

    const description = 'Can be undone for five minutes; then nothing is left of the person.'
    routes.delete('/v1/people/:id', { config, schema: { description, params, response: changed } }, async (request) => {
      return { change: await people.delete(by(request), request.params.id) }
    })

    routes.post('/v1/people/:id/images', { config, schema: { params, response: changed } }, async (request) => {
      const { files } = await formOf(request, { maxBytes })
      return { change: await people.addPhotos(by(request), request.params.id, files) }
    })

    const image = strict({ id: PersonId, image: PersonId })
    routes.delete(
      '/v1/people/:id/images/:image',
      { config, schema: { params: image, response: changed } },
      async (request) => {
        return { change: await people.removeImage(by(request), request.params.id, request.params.image) }
      },
    )

    const merge = strict({ into: PersonId })
    routes.post(
      '/v1/people/:id/merge',
      { config, schema: { params, body: merge, response: changed } },
      async (request) => {
        return { change: await people.merge(by(request), request.params.id, request.body.into) }
      },
    )

    const Seen = Type.Optional(Type.Union([PersonId, Type.Null()], { description: `${seenDescription} null: nobody.` }))
    const who = strict({ person: Type.Optional(PersonId), name: Type.Optional(Name), another: Another, seen: Seen })
    const named = Type.Object({
      ...Changed.properties,
      was: Type.Union([Type.Object({ id: Type.Integer(), name: Type.String() }), Type.Null()], {
        description: 'whose the face was, where that was somebody else: then only this face changed',
      }),
    })
    const nameFace = {
      config,
      schema: {
        description: 'Says who a face is. Others of its group bear the name too, unless the face was somebody else’s.',
        params: face,
        body: who,
        response: { 200: named, 409: Conflict, ...errors },
      },
    }
    routes.put('/v1/images/:id/faces/:face/person', nameFace, async (request) => {
      const { id, face } = request.params
      const { seen, ...who } = request.body
      const change = await people.name(by(request), id, face, whoOf(who), seen)
      return { change, was: formerOf(await store.changeOf(change)) ?? null }
    })

    const seenNow = strict({
      seen: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, description: `${seenDescription} 0: nobody.` }),
      ),
    })
    routes.delete(
      '/v1/images/:id/faces/:face/person',
      { config, schema: { params: face, querystring: seenNow, response: { 200: Changed, 409: Conflict, ...errors } } },
      async (request) => {
        const { seen } = request.query
        return {
          change: await people.split(by(request), request.params.id, request.params.face, seen === 0 ? null : seen),
        }
      },
    )

    const pair = strict({ id: ImageId, other: ImageId })
    routes.put(
      '/v1/groups/:id/apart/:other',
      { config, schema: { params: pair, response: changed } },
      async (request) => {
        return { change: await people.apart(by(request), request.params.id, request.params.other) }
      },
    )

    const gone = strict({
      loss: Type.String({ maxLength: 64, description: 'as GetStats of the face service names it' }),
    })
    const confirmed = {
      200: Type.Object({ confirmed: Type.Boolean({ description: 'false: nothing is held' }) }),
      ...errors,
    }
    routes.post('/v1/people/gone', { config, schema: { body: gone, response: confirmed } }, async (request) => {
      return { confirmed: await people.confirmGone(by(request), request.body.loss) }
    })

    const change = strict({ id: ImageId })
    routes.post('/v1/changes/:id/undo', { config, schema: { params: change, response: changed } }, async (request) => {
      await people.undo(by(request), request.params.id)
      return { change: request.params.id }
    })
  })

  async function person(reply: FastifyReply, id: number) {
    const found = await store.card(id)
    if (!found) throw new ProblemError(404, `There is no person ${id}.`)
    reply.header('cache-control', 'no-store')
    return personOf(found)
  }

  function personOf({ id, name, photos, images }: PersonCard) {
    const all = images.map((image) => ({
      id: image.id,
      name: image.image_name,
      warning: known.warnings.get(image.image_name) ?? null,
    }))
    return { id, name, photos, images: all }
  }
}

function whoOf({ person, name, another = false }: { person?: number; name?: string; another?: boolean }): Who {
  if (person !== undefined && name === undefined) return { person }
  if (name !== undefined && person === undefined) return { name, another }
  throw new ProblemError(400, 'Say who it is: either "person", the id of somebody who is there, or "name".')
}
