import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { type Access, AccessRefusedError, ANYBODY, bearerOf, type Role } from '@livepods/access'
import type { Log } from '@livepods/service'
import { status } from './errors.ts'

export interface GuardedService {
  definition: ServiceDefinition
  handlers: UntypedServiceImplementation
  /** Which role each method that has a handler needs; a method that needs manage changes something, and each call of it is logged. */
  roles: Record<string, Role>
}

/** How the name of who calls gets to the handler; what a client sends under it is overwritten. */
const ACTOR = 'x-livepods-actor'

/** Who calls, for logs. */
export const actorOf = (metadata: Metadata): string => String(metadata.get(ACTOR)[0] ?? ANYBODY.name)

/** Lets calls in by the role that their method needs: grpc.health.v1 is open to all, reflection needs read. */
export function guardCalls(roles: ReadonlyMap<string, Role>, log: Log, access: Access | undefined): ServerInterceptor {
  return ({ path }, call) => {
    // What has no handler says so to those who may read.
    const needed = roles.get(path) ?? 'read'
    const asked = { method: path, actor: ANYBODY.name, requestId: undefined as string | undefined }
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            asked.requestId = metadata.get('x-request-id')[0]?.toString()
            try {
              if (access && !path.startsWith('/grpc.health.v1.'))
                asked.actor = access.enter(credentialsOf(metadata, call.getPeer()), needed).name
              metadata.set(ACTOR, asked.actor)
              pass(metadata)
            } catch (error) {
              const [code, details] = refusal(error)
              log.info({ ...asked, code: status[code] }, 'call refused')
              call.sendStatus({ code, details })
            }
          },
        }),
      sendStatus: (answer, next) => {
        if (needed === 'manage') log.info({ ...asked, code: status[answer.code] }, 'call completed')
        next(answer)
      },
    })
  }
}

/** The roles of all methods by their paths. Throws when a method has a handler and no role. */
export function rolesOf(services: GuardedService[]): ReadonlyMap<string, Role> {
  return new Map(services.flatMap(rolesByPath))
}

function rolesByPath({ definition, handlers, roles }: GuardedService): [string, Role][] {
  return Object.entries(definition).flatMap(([name, { path, originalName = name }]) => {
    const role = roles[name] ?? roles[originalName]
    if (role) return [[path, role] satisfies [string, Role]]
    if (handlers[name] ?? handlers[originalName])
      throw new Error(`${path} names no role: add it to the roles of its service.`)
    return []
  })
}

function credentialsOf(metadata: Metadata, peer: string) {
  return { token: bearerOf(metadata.get('authorization')[0]?.toString()), client: peer.replace(/:\d+$/, '') }
}

function refusal(error: unknown): [status, string] {
  if (!(error instanceof AccessRefusedError)) throw error
  switch (error.reason) {
    case 'missing':
    case 'unknown':
      return [status.UNAUTHENTICATED, error.message]
    case 'role':
      return [status.PERMISSION_DENIED, error.message]
    case 'limited':
      return [status.RESOURCE_EXHAUSTED, error.message]
  }
}
