import { freePorts } from './free-port.ts'

/** The ports that the suite has on a laptop (docs/architecture.md, "Ports"). */
export const USUAL_PORTS = {
  receiver: 8000,
  frontend: 8081,
  faceRecognition: 50051,
  mysql: 3307, // not 3306: that is the machine's own
  nsqd: 4150,
  nsqdHttp: 4151,
  nsqlookupd: 4160,
  nsqlookupdHttp: 4161,
  receiverOps: 9090,
  frontendOps: 9091,
  faceRecognitionOps: 9092,
  imageProcessorOps: 9093,
  nsqOps: 9094,
}

export type SystemPorts = typeof USUAL_PORTS

/** The usual ports, others in place of those that are taken; `usual: false` takes any, so that several systems run side by side. */
export async function choosePorts({ usual }: { usual: boolean }): Promise<SystemPorts> {
  const anyPorts = Object.fromEntries(Object.keys(USUAL_PORTS).map((name) => [name, 0])) as SystemPorts
  return await freePorts(usual ? USUAL_PORTS : anyPorts)
}
