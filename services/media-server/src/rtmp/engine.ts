import type { Duplex } from 'node:stream'
import { EnvironmentError } from '@livepods/service'
import { Session, type SessionOptions } from './session.ts'

/** Who reads the bytes of RTMP: we, or the package of that name. */
export type RtmpEngine = 'builtin' | 'node-media-server'

export type SessionClass = new (socket: Duplex, options: SessionOptions) => Session

/** Rejects with EnvironmentError when the engine's package is not installed. */
export async function loadEngine(engine: RtmpEngine): Promise<SessionClass> {
  if (engine === 'builtin') return Session
  try {
    return (await import('./node-media-server-session.ts')).NodeMediaServerSession
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new EnvironmentError([
      `RTMP_ENGINE is "${engine}", but its package is not installed: install optional dependencies, too (pnpm install), or take "builtin".`,
    ])
  }
}
