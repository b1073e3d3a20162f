import { type System, USUAL_PORTS } from '@livepods/system'

/** What a person may open, as rows: what, where, and a note. */
export function urls({ ports, database, knownPeople, unknownPeople }: System): [string, string, string][] {
  const note = (name: keyof typeof USUAL_PORTS, text: string) =>
    ports[name] === USUAL_PORTS[name] ? text : `${text} (port ${USUAL_PORTS[name]} is taken)`
  return [
    ['page', `http://127.0.0.1:${ports.frontend}`, note('frontend', 'photos and who is on them')],
    ['submit a photo', `http://127.0.0.1:${ports.receiver}/docs`, note('receiver', 'API of the receiver')],
    ['face recognition', `127.0.0.1:${ports.faceRecognition}`, note('faceRecognition', 'gRPC, with reflection')],
    ['database', `${database.MYSQL_CONNECTION}:${database.MYSQL_PORT ?? 3306}`, note('mysql', 'MariaDB or MySQL')],
    ['queue', `http://127.0.0.1:${ports.nsqdHttp}/stats`, note('nsqdHttp', 'NSQ')],
    ['photos', unknownPeople, 'what you put here can be submitted by its name'],
    ['known people', knownPeople, 'a folder a person, photos in it'],
  ]
}
