import { hostname } from 'node:os'
import { GuiRpcError, type ProjectCommand } from '@livepods/boinc'
import { type App, ProblemError } from '@livepods/http'
import { Type } from 'typebox'
import type { Worker } from './worker.ts'

export interface RoutesOptions {
  worker: Pick<Worker, 'seen' | 'readiness' | 'faults' | 'messages' | 'command'>
}

/** What people may tell the client of projects; whom it is attached to says the file alone. */
export const COMMANDS = [
  'update',
  'suspend',
  'resume',
  'nomorework',
  'allowmorework',
] as const satisfies ProjectCommand[]

const moment = Type.String({ format: 'date-time' })

const StatusSchema = Type.Object({
  worker: Type.String({ description: 'name of its host' }),
  state: Type.String({ description: 'no client, unattached, attaching, attached, suspended or draining' }),
  isReady: Type.Boolean(),
  why: Type.String({ description: 'what is missing, and what to do' }),
  faults: Type.Array(Type.String()),
  accountManager: Type.Optional(Type.String({ description: 'URL of the one that the client follows' })),
  suspended: Type.Array(Type.String({ description: 'why nothing is computed' })),
  projects: Type.Array(
    Type.Object({
      url: Type.String({ description: 'master URL' }),
      name: Type.String(),
      isAttached: Type.Boolean({ description: 'it has taken the key' }),
      credit: Type.Number(),
      nextCall: Type.Optional(moment),
      failedCalls: Type.Integer(),
      isSuspended: Type.Boolean(),
      wantsNoMoreWork: Type.Boolean(),
      isDetachedWhenDone: Type.Boolean(),
      isManaged: Type.Boolean({ description: 'an account manager has attached it' }),
    }),
  ),
  tasks: Type.Array(
    Type.Object({
      name: Type.String(),
      project: Type.String({ description: 'master URL' }),
      state: Type.String(),
      deadline: moment,
      fraction: Type.Number({ description: 'from 0 to 1' }),
      cpuSeconds: Type.Number(),
      checkpointCpuSeconds: Type.Number({ description: 'of these, what a kill would not lose' }),
    }),
  ),
})

const MessagesSchema = Type.Object({
  messages: Type.Array(Type.Object({ at: moment, project: Type.String(), text: Type.String() })),
})

const Command = Type.Object({ command: Type.Union(COMMANDS.map((command) => Type.Literal(command))) })
const OfProject = Type.Object({
  project: Type.Optional(Type.String({ format: 'http URL', description: 'master URL; all projects unless given' })),
})
const Done = Type.Object({ projects: Type.Array(Type.String({ description: 'those that were told' })) })

/** How the client is, what it says, and what it is told. */
export function routes(app: App, { worker }: RoutesOptions): void {
  const read = { role: 'read' } as const
  app.get(
    '/v1/status',
    { config: read, schema: { summary: 'Projects, tasks, and why it is as it is', response: { 200: StatusSchema } } },
    async () => {
      const { seen, readiness, faults } = worker
      const { projects = [], tasks = [] } = seen?.state ?? {}
      return {
        worker: hostname(),
        ...readiness,
        faults,
        ...(seen?.manager && { accountManager: seen.manager.url }),
        suspended: seen?.status.suspended ?? [],
        projects: projects.map(({ hostId, nextRpc, ...project }) => ({
          ...project,
          isAttached: hostId > 0,
          ...(nextRpc && { nextCall: nextRpc.toISOString() }),
        })),
        tasks: tasks.map((task) => ({ ...task, deadline: task.deadline.toISOString() })),
      }
    },
  )
  app.get(
    '/v1/messages',
    {
      config: read,
      schema: { summary: 'What the client said last, the oldest first', response: { 200: MessagesSchema } },
    },
    async () => ({ messages: worker.messages.map((message) => ({ ...message, at: message.at.toISOString() })) }),
  )
  app.post(
    '/v1/commands/:command',
    {
      config: { role: 'manage' },
      schema: {
        summary: 'Tell the client something of a project, or of all',
        params: Command,
        querystring: OfProject,
        response: { 200: Done },
      },
    },
    async ({ params, query }) => {
      try {
        return { projects: await worker.command(params.command as ProjectCommand, query.project) }
      } catch (cause) {
        const isRefused = cause instanceof GuiRpcError && cause.code === 'REFUSED'
        throw new ProblemError(isRefused ? 409 : 503, (cause as Error).message, { cause })
      }
    },
  )
}
