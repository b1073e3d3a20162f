import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePorts } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { PeerRefusedError } from '../peer-process.ts'
import { type Usage, usageOf } from '../process-usage.ts'
import type { Audience } from './audience.ts'
import type { Publish } from './publisher.ts'
import type { Address, Protocol } from './viewers-main.ts'

/** What the parts share. */
export interface Setup {
  /** For what servers keep on the disk. */
  folder: string
  /** The FLV file that is published: H.264 and AAC of 2 Mbit/s, a key frame each second. */
  file: string
  publish: Publish
  audience: Audience
}

export type Ports = Record<Protocol, number>

/** A live server that may take part. */
export interface LiveServer {
  name: string
  /** How it can be watched; RTMP also publishes. It listens when the first one can be connected to. */
  protocols: readonly Protocol[]
  /** What starts it, in a working directory of its own. Rejects with PeerRefusedError where it is missing. */
  command(ports: Ports, folder: string): Promise<{ command: string; args: string[]; environment?: NodeJS.ProcessEnv }>
}

/** It runs, in a process of its own. */
export interface ServerProcess {
  name: string
  ports: Ports
  /** Throws when it has ended. */
  usage(): Usage
}

const STREAM = { app: 'live', key: 'bench' }
const REACHED_WITHIN_MS = 60_000

/** Resolves when it listens; it ends with the stack. Rejects with PeerRefusedError when it ends before. */
export async function startServer(
  stack: AsyncDisposableStack,
  { folder: parent }: Pick<Setup, 'folder'>,
  { name, protocols, command: find }: LiveServer,
): Promise<ServerProcess> {
  const folder = join(parent, name.replaceAll(/\W+/g, '-'))
  await mkdir(folder, { recursive: true })
  const ports = await freePorts({ RTMP: 0, FLV: 0 })
  const { command, args, environment } = await find(ports, folder)
  const env = { ...process.env, ...environment }
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  const ended = once(child, 'close')
  stack.defer(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const usage = () => {
    const used = usageOf(child.pid)
    if (!used) throw new PeerRefusedError(`it has ended: ${/^\w*Error: .*/m.exec(said)?.[0] ?? said.trim()}`)
    return used
  }
  const reach = async () => {
    const socket = connect(ports[protocols[0] as Protocol], '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
  }
  await Promise.race([ended.then(usage), eventually(reach, { withinMs: REACHED_WITHIN_MS })])
  return { name, ports, usage }
}

/** Starts it and publishes to it; resolves when viewers get the stream by all of its protocols. */
export async function startOnAir(
  stack: AsyncDisposableStack,
  { publish, audience, folder }: Setup,
  wanted: LiveServer,
): Promise<ServerProcess> {
  const server = await startServer(stack, { folder }, wanted)
  stack.use(publish([rtmpUrl(server)]))
  const isOnAir = async (protocol: Protocol) => {
    if ((await audience.join(addressOf(server, protocol), 1)) < 1)
      throw new PeerRefusedError(`it sends no ${protocol}.`)
  }
  for (const protocol of wanted.protocols) await eventually(() => isOnAir(protocol), { withinMs: REACHED_WITHIN_MS })
  await audience.leave()
  return server
}

export function addressOf({ ports }: ServerProcess, protocol: Protocol): Address {
  return { ...STREAM, protocol, port: ports[protocol] }
}

export function rtmpUrl({ ports }: ServerProcess, key = STREAM.key): string {
  return `rtmp://127.0.0.1:${ports.RTMP}/${STREAM.app}/${key}`
}
