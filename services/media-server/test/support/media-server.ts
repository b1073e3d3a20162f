import { createLog, OpsServer, readEnvironment } from '@livepods/service'
import { Env } from '../../src/config.ts'
import { MediaServer } from '../../src/media-server.ts'

export interface RunningServer extends AsyncDisposable {
  server: MediaServer
  /** http://127.0.0.1:<port> */
  http: string
  rtmp: string
  ops: string
  /** Resolves with what the API says of all streams. */
  streams(headers?: Record<string, string>): Promise<ListedStream[]>
}

interface ListedStream {
  name: string
  onAir: boolean
  viewers: number
  codecs: string[]
  bitsPerSecond: number
  publisher: { protocol: string; token?: string }
}

/** A media server on ports of its own. */
export async function mediaServer(environment: Record<string, string> = {}): Promise<RunningServer> {
  const log = createLog('test', 'silent')
  const defaults = { HOST: '127.0.0.1', PORT: '0', RTMP_PORT: '0', DRAIN_SECONDS: '0', GRACE_SECONDS: '0.5' }
  const config = readEnvironment(Env, { ...defaults, ...environment })
  const ops = await OpsServer.listen({ service: 'media-server', host: '127.0.0.1', port: 0 })
  const stopping = new AbortController()
  const server = new MediaServer({ config, log, ops, signal: stopping.signal })
  await server.start()
  const { http, rtmp } = server.ports
  const url = `http://127.0.0.1:${http}`
  return {
    server,
    http: url,
    rtmp: `rtmp://127.0.0.1:${rtmp}`,
    ops: `http://127.0.0.1:${ops.port}`,
    streams: async (headers = {}) => {
      const answer = await fetch(`${url}/v1/streams`, { headers })
      return ((await answer.json()) as { streams: ListedStream[] }).streams
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await server[Symbol.asyncDispose]()
      await ops[Symbol.asyncDispose]()
    },
  }
}
