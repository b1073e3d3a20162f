import type { SystemPorts } from './system-ports.ts'

const root = new URL('../../../', import.meta.url)

export interface Member {
  name: string
  main: URL
  /** Port of /readyz. */
  opsPort: number
  environment: Record<string, string>
}

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
}

/** The migrator: run to its end before the services start. */
export const migrator = new URL('sql/src/main.ts', root)

/** The processes of the suite in the order of their start; they stop in the reverse order. */
export function suite({ ports, database, queue, knownPeople, unknownPeople, gallery }: SuiteOptions): Member[] {
  const pictures = { KNOWN_PEOPLE: knownPeople, UNKNOWN_PEOPLE: unknownPeople }
  const nsq = queue ?? brokerAddresses(ports)
  const services: Member[] = [
    service('face-recognition', ports.faceRecognitionOps, {
      PORT: `${ports.faceRecognition}`,
      GALLERY_DIR: gallery,
      ...pictures,
    }),
    service('image-processor', ports.imageProcessorOps, {
      GRPC_ADDRESS: `127.0.0.1:${ports.faceRecognition}`,
      ...database,
      ...nsq,
    }),
    service('receiver', ports.receiverOps, { PORT: `${ports.receiver}`, ...database, ...nsq, ...pictures }),
    service('frontend', ports.frontendOps, {
      FRONTEND_PORT: `${ports.frontend}`,
      GRPC_ADDRESS: `127.0.0.1:${ports.faceRecognition}`,
      CHAIN_URLS: chainUrls(ports, { withBroker: !queue }),
      RECEIVER_URL: `http://127.0.0.1:${ports.receiver}`,
      ...database,
      ...pictures,
    }),
  ]
  return queue ? services : [broker(ports), ...services]
}

function service(name: string, opsPort: number, environment: Record<string, string>): Member {
  return { name, main: new URL(`services/${name}/src/main.ts`, root), opsPort, environment }
}

function broker(ports: SystemPorts): Member {
  return {
    name: 'nsq',
    main: new URL('packages/nsq/src/main.ts', root),
    opsPort: ports.nsqOps,
    environment: {
      NSQD_PORT: `${ports.nsqd}`,
      NSQD_HTTP_PORT: `${ports.nsqdHttp}`,
      NSQLOOKUPD_TCP_PORT: `${ports.nsqlookupd}`,
      NSQLOOKUPD_HTTP_PORT: `${ports.nsqlookupdHttp}`,
    },
  }
}

function brokerAddresses(ports: SystemPorts): Record<string, string> {
  return {
    PRODUCER_ADDRESS: `127.0.0.1:${ports.nsqd}`,
    PRODUCER_HTTP_ADDRESS: `127.0.0.1:${ports.nsqdHttp}`,
    NSQ_LOOKUP_ADDRESS: `127.0.0.1:${ports.nsqlookupdHttp}`,
  }
}

function chainUrls(ports: SystemPorts, { withBroker }: { withBroker: boolean }): string {
  const processes = {
    receiver: ports.receiverOps,
    'image-processor': ports.imageProcessorOps,
    'face-recognition': ports.faceRecognitionOps,
    frontend: ports.frontendOps,
    ...(withBroker && { nsq: ports.nsqOps }),
  }
  return Object.entries(processes)
    .map(([name, port]) => `${name}=http://127.0.0.1:${port}`)
    .join(',')
}
