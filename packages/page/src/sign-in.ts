import { type Access, AccessRefusedError } from '@livepods/access'
import { type App, keepSession, type ProblemError, refusal } from '@livepods/http'
import type { FastifyRequest } from 'fastify'
import { type Html, html } from './html.ts'
import { type Frame, layout } from './layout.ts'
import { sendPage } from './send-page.ts'

interface SignIn {
  /** Where to go afterwards: a path of this site. */
  next: string
  /** What was wrong with the token that was given, or with that of the session. */
  fault?: string | undefined
  /** A link of another site led here, and with it the browser sends no cookie. */
  cameFromElsewhere?: boolean
}

/** The routes that a page asks for a token with, keep its session, and end it; none where no tokens are set. */
export function signInRoutes(app: App, { frame, access }: { frame: Frame; access: Access | undefined }): void {
  if (!access?.required) return
  app.register(async (routes: App) => {
    const config = { role: 'open' } as const
    const schema = { hide: true }
    routes.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 8 * 1024 },
      async (_request: unknown, body: string) => new URLSearchParams(body),
    )
    routes.get('/sign-in', { config, schema }, async (_request, reply) => {
      return await sendPage(reply, signInPage(frame, { next: '/' }))
    })

    routes.post('/sign-in', { config, schema }, async (request, reply) => {
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
      const next = pathOf(form.get('next'))
      const token = (form.get('token') ?? '').trim()
      if (token === '') return await sendPage(reply, signInPage(frame, { next, fault: 'Give your access token.' }), 400)
      try {
        const { actor, session } = access.signIn(token, request.ip)
        request.actor = actor.name
        keepSession(reply, request, session)
        return await reply.redirect(next, 303)
      } catch (error) {
        if (!(error instanceof AccessRefusedError)) throw error
        const { status, headers, message } = refusal(error)
        return await sendPage(reply.headers(headers), signInPage(frame, { next, fault: message }), status)
      }
    })

    routes.post('/sign-out', { config, schema }, async (request, reply) => {
      keepSession(reply, request, '')
      return await reply.redirect('/', 303)
    })
  })
}

/** In place of a page that needs a token; `problem` is the 401 that it was refused with. */
export function signInInstead(frame: Frame, request: FastifyRequest, { headers }: ProblemError): Html {
  const next = request.method === 'GET' ? request.url : '/'
  const fault = headers['www-authenticate']?.includes('invalid_token')
    ? 'This access token is not known here.'
    : undefined
  return signInPage(frame, { next, fault, cameFromElsewhere: request.headers['sec-fetch-site'] === 'cross-site' })
}

function signInPage({ assets }: Frame, { next, fault, cameFromElsewhere }: SignIn): Html {
  return layout(
    { assets, links: [] },
    {
      title: 'Sign in',
      styles: ['page/sign-in.css'],
      body: html`<form class="card sign-in" method="post" action="/sign-in"><h1>Sign in</h1>
<p>An access token opens this page. Whoever runs this site has one for you.</p>
${fault && html`<p class="bad" id="fault" role="alert">${fault}</p>`}
<label for="token">Access token</label>
<input id="token" name="token" type="password" required autofocus autocomplete="current-password" spellcheck="false" maxlength="600"${fault && html` aria-describedby="fault" aria-invalid="true"`}>
<input type="hidden" name="next" value="${next}">
<button>Sign in</button>
${cameFromElsewhere && html`<p>Signed in already? <a href="${next}">Go on</a>: a link of another site does not say so.</p>`}
<p class="muted">This browser is then asked again after 30 days, or when you sign out.</p></form>`,
    },
  )
}

/** A path of this site, and nothing that leads elsewhere. */
function pathOf(next: string | null): string {
  const url = URL.parse(next ?? '/', 'http://here')
  return url?.origin === 'http://here' && url.pathname !== '/sign-in' ? `${url.pathname}${url.search}` : '/'
}
