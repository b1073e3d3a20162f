import { mayDo } from '@livepods/access'
import { type App, ProblemError } from '@livepods/http'
import { type Frame, sendPage } from '@livepods/page'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { type Form, formOf } from './form.ts'
import { answerProblems } from './page-problems.ts'
import { NameTakenError, type Who } from './people/person-rows.ts'
import { NamedMeanwhileError, type Seen } from './people/whose.ts'
import { by, type PeopleParts } from './people-routes.ts'
import type { PhotoStore } from './photo-store.ts'
import type { PipelineStatus } from './pipeline-status.ts'
import { reMatchOf } from './re-match-status.ts'
import { ChangeQuery, ImageId, PersonId } from './schemas.ts'
import { namedMeanwhilePage } from './views/named-meanwhile-page.ts'
import { peoplePage } from './views/people-page.ts'
import { personPage } from './views/person-page.ts'
import { sameNamePage } from './views/same-name-page.ts'

interface Parts extends PeopleParts {
  frame: Frame
  photos: Pick<PhotoStore, 'peopleByName'>
  pipeline: Pick<PipelineStatus, 'processes'>
  failuresUrl: string | undefined
}

const PEOPLE_ON_A_PAGE = 48
const CLUSTERS_ON_A_PAGE = 24
const CHANGES_ON_A_PAGE = 8
const MOST_NAMES = 500
const hide = true
const read = { role: 'read' } as const
const manage = { role: 'manage' } as const

/** The pages about people and their forms, which work without scripts: each leads to a page that says what was done. */
export function peoplePages(
  app: App,
  { frame, people, store, photos, known, pipeline, failuresUrl, maxBytes }: Parts,
): void {
  app.register(async (pages: App) => {
    answerProblems(pages, frame, failuresUrl)

    const list = Type.Object({ ...ChangeQuery.properties, before: Type.Optional(PersonId) })
    pages.get('/people', { config: read, schema: { hide, querystring: list } }, async ({ query, role }, reply) => {
      const isFirst = query.before === undefined
      const [{ people, next }, clusters, names, changes, change, processes] = await Promise.all([
        store.cards(query.before, PEOPLE_ON_A_PAGE),
        isFirst ? store.unknownClusters(CLUSTERS_ON_A_PAGE) : [],
        photos.peopleByName(MOST_NAMES),
        isFirst ? store.changes(CHANGES_ON_A_PAGE) : [],
        store.changeOf(query.change),
        pipeline.processes(),
      ])
      const suggestions = await store.suggestions(clusters.map(({ id }) => id))
      const { warnings } = known
      const shown = {
        people,
        next,
        isFirst,
        clusters,
        suggestions,
        names,
        warnings,
        changes,
        change,
        reMatch: reMatchOf(processes),
        mayChange: mayDo(role, 'manage'),
        fault: known.fault,
        state: known.state,
        skipped: isFirst ? known.skipped : undefined,
      }
      return await sendPage(reply, peoplePage(frame, shown))
    })

    pages.post('/people/gone', { config: manage, schema: { hide } }, async (request, reply) => {
      const form = await formOf(request, { maxBytes })
      if (form.field('sure') === '')
        throw new ProblemError(
          400,
          'Known images that are forgotten cannot be brought back. Tick the box that says so, and send the form again.',
        )
      await people.confirmGone(by(request), form.field('loss'))
      await known.poll()
      return reply.redirect('/people', 303)
    })

    const params = Type.Object({ id: PersonId })
    pages.get(
      '/people/:id',
      { config: read, schema: { hide, params, querystring: ChangeQuery } },
      async (request, reply) => {
        const { id } = request.params
        const [person, names, change] = await Promise.all([
          store.card(id),
          photos.peopleByName(MOST_NAMES),
          store.changeOf(request.query.change),
        ])
        if (!person) throw new ProblemError(404, 'There is no such person, or no longer.')
        const others = names.filter((other) => other.id !== id)
        const shown = {
          person,
          others,
          warnings: known.warnings,
          fault: known.fault,
          state: known.state,
          change,
          mayChange: mayDo(request.role, 'manage'),
        }
        return await sendPage(reply, personPage(frame, shown))
      },
    )

    pages.post('/people', { config: manage, schema: { hide } }, async (request, reply) => {
      const form = await formOf(request, { maxBytes })
      const another = form.field('another') !== ''
      // Files are not kept while a person decides about the name.
      const add = async () => (await people.add(by(request), form.field('name'), form.files, { another })).change
      return await orSameName(reply, { form, action: undefined, back: '/people', canBeThem: false }, add)
    })

    pages.post('/people/:id/rename', { config: manage, schema: { hide, params } }, async (request, reply) => {
      const { id } = request.params
      const form = await formOf(request, { maxBytes })
      const another = form.field('another') !== ''
      const rename = () => people.rename(by(request), id, form.field('name'), { another })
      const back = `/people/${id}`
      return await orSameName(reply, { form, action: request.url, back, canBeThem: false }, rename)
    })

    pages.post('/people/:id/images', { config: manage, schema: { hide, params } }, async (request, reply) => {
      const { files } = await formOf(request, { maxBytes })
      return go(reply, `/people/${request.params.id}`, await people.addPhotos(by(request), request.params.id, files))
    })

    const image = Type.Object({ id: PersonId, image: PersonId })
    pages.post(
      '/people/:id/images/:image/remove',
      { config: manage, schema: { hide, params: image } },
      async (request, reply) => {
        const { id, image } = request.params
        await formOf(request, { maxBytes })
        return go(reply, `/people/${id}`, await people.removeImage(by(request), id, image))
      },
    )

    pages.post('/people/:id/merge', { config: manage, schema: { hide, params } }, async (request, reply) => {
      const into = personOf((await formOf(request, { maxBytes })).field('into'))
      return go(reply, `/people/${into}`, await people.merge(by(request), request.params.id, into))
    })

    pages.post('/people/:id/delete', { config: manage, schema: { hide, params } }, async (request, reply) => {
      const form = await formOf(request, { maxBytes })
      if (form.field('sure') === '')
        throw new ProblemError(400, 'Tick the box that says whom you want to delete, and send the form again.')
      return go(reply, '/people', await people.delete(by(request), request.params.id))
    })

    const face = Type.Object({ id: ImageId, face: ImageId })
    pages.post(
      '/photos/:id/faces/:face/name',
      { config: manage, schema: { hide, params: face } },
      async (request, reply) => {
        const form = await formOf(request, { maxBytes })
        const { id, face } = request.params
        const name = () => people.name(by(request), id, face, whoOf(form), seenOf(form))
        const asked = { form, action: request.url, back: `/photos/${id}`, canBeThem: true }
        return await orMeanwhile(reply, asked, () => orSameName(reply, asked, name))
      },
    )

    pages.post(
      '/photos/:id/faces/:face/not',
      { config: manage, schema: { hide, params: face } },
      async (request, reply) => {
        const form = await formOf(request, { maxBytes })
        const { id, face } = request.params
        const asked = { form, action: request.url, back: `/photos/${id}` }
        return await orMeanwhile(reply, asked, async () => {
          const change = await people.split(by(request), id, face, seenOf(form))
          return go(reply, backOf(form, `/photos/${id}`), change)
        })
      },
    )

    const pair = Type.Object({ id: ImageId, other: ImageId })
    pages.post(
      '/groups/:id/apart/:other',
      { config: manage, schema: { hide, params: pair } },
      async (request, reply) => {
        await formOf(request, { maxBytes })
        return go(reply, '/people', await people.apart(by(request), request.params.id, request.params.other))
      },
    )

    const change = Type.Object({ id: ImageId })
    pages.post('/changes/:id/undo', { config: manage, schema: { hide, params: change } }, async (request, reply) => {
      const form = await formOf(request, { maxBytes })
      await people.undo(by(request), request.params.id)
      // The person whose page it was may be no more.
      const back = backOf(form, '/people')
      const [, person] = /^\/people\/(\d+)$/.exec(back) ?? []
      const isThere = person === undefined || (await store.card(Number(person))) !== undefined
      return go(reply, isThere ? back : '/people', request.params.id)
    })
  })

  interface Asked {
    form: Form
    action: string | undefined
    back: string
    canBeThem: boolean
  }

  /** Somebody named the face after the page was made: it takes a decision whether that is wrong. */
  async function orMeanwhile(
    reply: FastifyReply,
    { form, action, back }: Pick<Asked, 'form' | 'back'> & { action: string },
    change: () => Promise<FastifyReply>,
  ) {
    try {
      return await change()
    } catch (error) {
      if (!(error instanceof NamedMeanwhileError)) throw error
      const person = form.field('person')
      const name = person === '' ? form.field('name') : (await store.card(personOf(person)))?.name
      const shown = { meanwhile: error, form, name, action, back: backOf(form, back) }
      return await sendPage(reply, namedMeanwhilePage(frame, shown), 409)
    }
  }

  async function orSameName(reply: FastifyReply, asked: Asked, change: () => Promise<string>) {
    const back = backOf(asked.form, asked.back)
    try {
      return go(reply, back, await change())
    } catch (error) {
      if (!(error instanceof NameTakenError)) throw error
      const cards = await Promise.all(error.people.map(({ id }) => store.card(id)))
      const shown = { ...asked, taken: error, back, people: cards.filter((card) => card !== undefined) }
      return await sendPage(reply, sameNamePage(frame, shown), 409)
    }
  }
}

/** See other: loading the page again does not send the form again. */
function go(reply: FastifyReply, back: string, change: string): FastifyReply {
  return reply.redirect(`${back}?change=${change}`, 303)
}

/** Whose the face was on the page that sent the form; a page of the version before does not say. */
function seenOf(form: Form): Seen {
  const seen = form.field('seen')
  if (!/^\d{1,9}$/.test(seen)) return undefined
  return seen === '0' ? null : Number(seen)
}

/** Only to pages of ours. */
function backOf(form: Form, otherwise: string): string {
  const back = form.field('back')
  return /^\/(people|photos)(\/\d{1,19})?$/.test(back) && back !== '/photos' ? back : otherwise
}

function whoOf(form: Form): Who {
  const person = form.field('person')
  return person === ''
    ? { name: form.field('name'), another: form.field('another') !== '' }
    : { person: personOf(person) }
}

function personOf(text: string): number {
  const id = Number(text)
  if (!/^\d{1,9}$/.test(text) || id < 1)
    throw new ProblemError(400, 'No person is chosen. Choose one and send the form again.')
  return id
}
