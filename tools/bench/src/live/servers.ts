import { fileURLToPath } from 'node:url'
import { findProgram } from '@livepods/system'
import { PeerRefusedError } from '../peer-process.ts'
import { nginxRtmp } from './nginx.ts'
import type { LiveServer } from './server-process.ts'

export const NGINX = 'nginx-rtmp'
export const NODE_MEDIA_SERVER = 'node-media-server'

/** What people would use instead. */
export const peers: readonly LiveServer[] = [
  { name: NGINX, protocols: ['RTMP'], command: ({ RTMP }, folder) => nginxRtmp(folder, RTMP) },
  {
    name: NODE_MEDIA_SERVER,
    protocols: ['RTMP', 'FLV'],
    command: async ({ RTMP, FLV }) => ({
      command: process.execPath,
      args: [fileURLToPath(new URL('./node-media-server.ts', import.meta.url)), `${RTMP}`, `${FLV}`],
    }),
  },
  {
    name: 'xiu',
    protocols: ['RTMP', 'FLV'],
    command: async ({ RTMP, FLV }) => {
      const command = findProgram(['xiu'])
      if (!command) throw new PeerRefusedError('it is not on the PATH ("cargo install xiu").')
      return { command, args: ['-r', `${RTMP}`, '-f', `${FLV}`, '-l', 'error'] }
    },
  },
]

/** Our own, as it comes. */
export function mediaServer(batchMs = 0): LiveServer {
  return {
    name: `media-server, ${batchMs} ms`,
    protocols: ['RTMP', 'FLV'],
    command: async ({ RTMP, FLV }) => ({
      command: process.execPath,
      args: [fileURLToPath(import.meta.resolve('@livepods/media-server/main'))],
      environment: {
        HOST: '127.0.0.1',
        PORT: `${FLV}`,
        RTMP_PORT: `${RTMP}`,
        OPS_PORT: '0',
        BATCH_MS: `${batchMs}`,
        LOG_LEVEL: 'error',
      },
    }),
  }
}
