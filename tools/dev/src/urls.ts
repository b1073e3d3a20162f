import { type Declared, listenersOf, type System, serversIn, startOrder, usualPorts } from '@livepods/system'

type Row = [what: string, where: string, note: string]

/** What a person may open, as rows: pages first, then whom they call. */
export function urls(system: System, declarations: readonly Declared[], queue?: Record<string, string>): Row[] {
  const { database, knownPeople, unknownPeople } = system
  const servers = startOrder(serversIn(declarations)).toReversed()
  const usual = usualPorts(servers)
  const note = (part: string, text: string) =>
    system.port(part) === usual[part] ? text : `${text} (port ${usual[part]} is taken)`
  const rowsOf = (server: Declared): Row[] =>
    listenersOf(server).flatMap(({ name, protocol, shown }): Row[] => {
      if (!shown) return []
      const address = `127.0.0.1:${system.port(name)}${shown.path ?? ''}`
      return [[shown.title, protocol === 'grpc' ? address : `${protocol}://${address}`, note(name, shown.note)]]
    })
  return [
    ...servers.filter(({ kind }) => kind === 'service').flatMap(rowsOf),
    ['database', `${database.MYSQL_CONNECTION}:${database.MYSQL_PORT ?? 3306}`, note('database', 'MariaDB or MySQL')],
    ...(queue
      ? [['queue', queue.PRODUCER_ADDRESS ?? '', 'NSQ, of PRODUCER_ADDRESS'] satisfies Row]
      : servers.filter(({ kind }) => kind === 'broker').flatMap(rowsOf)),
    ['photos', unknownPeople, 'what you put here can be submitted by its name'],
    ['known people', knownPeople, 'a folder a person, photos in it'],
  ]
}
