import type { Readable } from 'node:stream'
import { ROLES } from '@livepods/access'
import type { TestTokens } from './access.ts'

/** What a route answers without a token and to each role. */
export type Answers = Record<'nobody' | (typeof ROLES)[number], number>

interface GuardedApp {
  ready(): PromiseLike<unknown>
  routes: { method: string; url: string; role: string }[]
  inject(request: object): PromiseLike<{ statusCode: number; stream(): Readable }>
}

interface Row {
  route: string
  /** The role that it names. */
  role: string
  answers: Answers
  /** What is wrong, or nothing: 401 without a token, 403 with a lesser role, anything else with a sufficient one. */
  fault: string | undefined
}

/** Asks every route of the app, as the app itself lists them, as everybody who may come. */
export async function answersByRole(app: GuardedApp, { headers }: TestTokens): Promise<Row[]> {
  await app.ready()
  const rows: Row[] = []
  for (const { method, url, role } of app.routes) {
    const ask = async (headers: object) => {
      const target = url.replaceAll(/:\w+/g, '1').replaceAll('*', 'x')
      // As a stream: one of events does not end by itself.
      const answer = await app.inject({ method, url: target, headers, payloadAsStream: true })
      answer.stream().destroy()
      return answer.statusCode
    }
    const answers: Partial<Answers> = { nobody: await ask({}) }
    for (const role of ROLES) answers[role] = await ask(headers[role])
    rows.push({
      route: `${method} ${url}`,
      role,
      answers: answers as Answers,
      fault: faultOf(role, answers as Answers),
    })
  }
  return rows
}

function faultOf(role: string, answers: Answers): string | undefined {
  const rank = (one: string) => ['open', ...ROLES].indexOf(one)
  const wrong = Object.entries(answers).find(([who, status]) => {
    if (rank(who === 'nobody' ? 'open' : who) >= rank(role)) return status === 401 || status === 403
    return status !== (who === 'nobody' ? 401 : 403)
  })
  return wrong && `${wrong[0]} gets ${wrong[1]}`
}
