import { relative } from 'node:path'
import {
  addressForOthers,
  addressOf,
  type Declared,
  findProgram,
  isAny,
  listenersOf,
  type System,
  serversIn,
  servicesIn,
  startOrder,
  usualPorts,
} from '@livepods/system'
import type { Given } from './environment.ts'

/** The listener that people open first. */
export const PAGE = 'frontend'

type Row = [what: string, where: string, note: string]

interface Shown {
  system: System
  declarations: readonly Declared[]
  given: Given
  /** Where those listen that everybody may reach. */
  host: string
}

/** What a person may open, as rows: pages first, then whom they call. */
export function urls(shown: Shown): Row[] {
  const { system, declarations, given } = shown
  const { knownPeople, unknownPeople } = system
  const called = new Set(servicesIn(declarations).flatMap(({ calls }) => Object.values(calls)))
  const servers = startOrder(serversIn(declarations)).toReversed()
  const usual = usualPorts(servers)
  const note = (part: string, text: string) =>
    system.port(part) === usual[part] ? text : `usually on port ${usual[part]}`
  const rowsOf = (server: Declared): Row[] =>
    listenersOf(server).flatMap(({ name, protocol, shown }): Row[] => {
      if (!shown) return []
      const address = `${system.address(name)}${shown.path ?? ''}`
      return [[shown.title, protocol === 'grpc' ? address : `${protocol}://${address}`, note(name, shown.note)]]
    })
  const page = pageForOthers(shown)
  return [
    ...(page && isAny(shown.host) ? [['page', page, 'for other machines'] satisfies Row] : []),
    ...servers.filter(({ kind }) => kind === 'service').flatMap(rowsOf),
    ...(called.has('database') ? databaseRows() : []),
    ...(called.has('queue') ? queueRows() : []),
    ...(called.has('pictures') ? folderRows() : []),
  ]

  function databaseRows(): Row[] {
    if (given.database) return [databaseRow(system, ', of MYSQL_CONNECTION')]
    return [databaseRow(system), ...lookInside(system, declarations)]
  }

  function queueRows(): Row[] {
    if (given.queue) return [queueRow(given.queue)]
    return servers.filter(({ kind }) => kind === 'broker').flatMap(rowsOf)
  }

  function folderRows(): Row[] {
    return [
      ['photos', fromHere(unknownPeople), 'submit them by their names'],
      ['known people', fromHere(knownPeople), 'a folder with photos each'],
    ]
  }
}

/** Where other machines find the page; undefined when they cannot, or when there is none. */
export function pageForOthers({ system, declarations, host }: Shown): string | undefined {
  const address = addressForOthers(host)
  const isThere = declarations.flatMap(listenersOf).some(({ name }) => name === PAGE)
  return address && isThere ? `http://${addressOf(address, system.port(PAGE))}` : undefined
}

function databaseRow({ database }: System, more = ''): Row {
  const [user] = (database.MYSQL_USERPASSWORD ?? '').split(':')
  return ['database', `${database.MYSQL_CONNECTION}:${database.MYSQL_PORT ?? 3306}`, `user ${user}${more}`]
}

/** The command that opens the private database, where a client is installed. */
function lookInside({ databaseOptionFile: file }: System, declarations: readonly Declared[]): Row[] {
  const client = findProgram(['mariadb', 'mysql'])
  if (!file || !client) return []
  const [usual] = declarations.flatMap(({ env }) => env.properties.MYSQL_DBNAME ?? []) as { default?: string }[]
  const name = process.env.MYSQL_DBNAME || usual?.default
  return [['', `${client.replace(/.*\//, '')} --defaults-file=${fromHere(file)} ${name}`, '']]
}

function queueRow({ PRODUCER_ADDRESS = '', PRODUCER_HTTP_ADDRESS: http }: Record<string, string>): Row {
  return http
    ? ['queue', `http://${http}/stats`, 'NSQ, of PRODUCER_HTTP_ADDRESS']
    : ['queue', PRODUCER_ADDRESS, 'NSQ, of PRODUCER_ADDRESS']
}

/** A path as short as it can be typed in this folder. */
export function fromHere(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
