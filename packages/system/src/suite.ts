import { join } from 'node:path'
import type { SystemPorts } from './system-ports.ts'

const root = new URL('../../../', import.meta.url)

export interface Member {
  name: string
  main: URL
  /** Port of /readyz. */
  opsPort: number
  environment: Record<string, string>
  /** What others reach it by; absent: nobody does. */
  door?: Door
}

interface Door {
  /** The variable that names the port to the process. */
  variable: string
  port: number
  /** Who comes in here. */
  from: string[]
}

/**
 * Asked for every connection that one part will open to another; answers with the port to use in place of `port`, such as that of a
 * proxy in between. The parts: clients, receiver, image-processor, frontend → receiver, frontend, database, nsqd (TCP), nsqd-http, nsqlookupd,
 * face-recognition, and "receiver-ops" and so on, which the page asks. Asked again, with the new port, when `System.roll` has moved a part.
 */
export type Edge = (from: string, to: string, port: number) => number | Promise<number>

export interface SuiteOptions {
  ports: SystemPorts
  /** MYSQL_… of the database. */
  database: Record<string, string>
  /** NSQ_LOOKUP_ADDRESS and PRODUCER_… of a queue that is there already; absent: the suite has a broker of its own. */
  queue?: Record<string, string> | undefined
  knownPeople: string
  unknownPeople: string
  /** Where descriptors of known people are kept. */
  gallery: string
  /** Programs in place of members' own, by their names. */
  mains?: Record<string, URL>
  /** Ops ports of image-processors beside the first: image-processor-2 and so on. */
  moreProcessors?: number[]
  edge?: Edge | undefined
}

/** The migrator: run to its end before the services start. */
export const migrator = new URL('sql/src/main.ts', root)

/** The processes of the suite in the order of their start; they stop in the reverse order. */
export async function suite({
  ports,
  queue,
  edge = (_from, _to, port) => port,
  ...rest
}: SuiteOptions): Promise<Member[]> {
  const { knownPeople, unknownPeople, gallery, mains = {}, moreProcessors = [] } = rest
  const pictures = { KNOWN_PEOPLE: knownPeople, UNKNOWN_PEOPLE: unknownPeople }
  const database = async (from: string) => ({
    ...rest.database,
    MYSQL_PORT: `${await edge(from, 'database', Number(rest.database.MYSQL_PORT ?? 3306))}`,
  })
  const nsq = async (from: string) => queue ?? (await brokerAddresses(from, ports, edge))
  const processors = new Map(
    [ports.imageProcessorOps, ...moreProcessors].map((opsPort, index) => [
      index === 0 ? 'image-processor' : `image-processor-${index + 1}`,
      opsPort,
    ]),
  )
  const opsPorts = {
    receiver: ports.receiverOps,
    ...Object.fromEntries(processors),
    'face-recognition': ports.faceRecognitionOps,
    frontend: ports.frontendOps,
    ...(!queue && { nsq: ports.nsqOps }),
  }
  const receiver = await edge('clients', 'receiver', ports.receiver)
  await edge('clients', 'frontend', ports.frontend)
  const members: Member[] = [
    ...(queue ? [] : [await broker(ports, edge)]),
    {
      ...service('face-recognition', ports.faceRecognitionOps, {
        GALLERY_DIR: gallery,
        NODE_COMPILE_CACHE: join(gallery, 'compiled'),
        ...pictures,
      }),
      door: { variable: 'PORT', port: ports.faceRecognition, from: [...processors.keys(), 'frontend'] },
    },
    ...(await Promise.all(
      [...processors].map(async ([name, opsPort]) => ({
        ...service('image-processor', opsPort, {
          GRPC_ADDRESS: `127.0.0.1:${await edge(name, 'face-recognition', ports.faceRecognition)}`,
          ...(await database(name)),
          ...(await nsq(name)),
        }),
        name,
      })),
    )),
    {
      ...service('receiver', ports.receiverOps, {
        ...(await database('receiver')),
        ...(await nsq('receiver')),
        ...pictures,
      }),
      door: { variable: 'PORT', port: ports.receiver, from: ['clients'] },
    },
    {
      ...service('frontend', ports.frontendOps, {
        GRPC_ADDRESS: `127.0.0.1:${await edge('frontend', 'face-recognition', ports.faceRecognition)}`,
        CHAIN_URLS: await chainUrls(opsPorts, edge),
        RECEIVER_URL: `http://127.0.0.1:${receiver}`,
        ...(await database('frontend')),
        ...pictures,
      }),
      door: { variable: 'FRONTEND_PORT', port: ports.frontend, from: ['clients'] },
    },
  ]
  return members.map((member) => ({ ...member, main: mains[member.name] ?? member.main }))
}

function service(name: string, opsPort: number, environment: Record<string, string>): Member {
  return { name, main: new URL(`services/${name}/src/main.ts`, root), opsPort, environment }
}

async function broker(ports: SystemPorts, edge: Edge): Promise<Member> {
  return {
    name: 'nsq',
    main: new URL('packages/nsq/src/main.ts', root),
    opsPort: ports.nsqOps,
    environment: {
      NSQD_PORT: `${ports.nsqd}`,
      NSQD_HTTP_PORT: `${ports.nsqdHttp}`,
      NSQLOOKUPD_TCP_PORT: `${ports.nsqlookupd}`,
      NSQLOOKUPD_HTTP_PORT: `${ports.nsqlookupdHttp}`,
      // Only image-processors look nsqd up, and all get the same answer.
      NSQ_BROADCAST_TCP_PORT: `${await edge('image-processor', 'nsqd', ports.nsqd)}`,
      NSQ_BROADCAST_HTTP_PORT: `${await edge('image-processor', 'nsqd-http', ports.nsqdHttp)}`,
    },
  }
}

async function brokerAddresses(from: string, ports: SystemPorts, edge: Edge): Promise<Record<string, string>> {
  return {
    PRODUCER_ADDRESS: `127.0.0.1:${ports.nsqd}`,
    PRODUCER_HTTP_ADDRESS: `127.0.0.1:${await edge(from, 'nsqd-http', ports.nsqdHttp)}`,
    ...(from !== 'receiver' && {
      NSQ_LOOKUP_ADDRESS: `127.0.0.1:${await edge(from, 'nsqlookupd', ports.nsqlookupdHttp)}`,
    }),
  }
}

async function chainUrls(opsPorts: Record<string, number>, edge: Edge): Promise<string> {
  const urls = Object.entries(opsPorts).map(
    async ([name, port]) => `${name}=http://127.0.0.1:${await edge('frontend', `${name}-ops`, port)}`,
  )
  return (await Promise.all(urls)).join(',')
}
