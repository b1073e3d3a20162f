import { hostname } from 'node:os'

/** The host's name as a name of a stream, a relay or a sink; `fallback` where it has none. */
export function nameFromHost(fallback: string): string {
  return (
    hostname()
      .replaceAll(/[^A-Za-z0-9._-]/g, '-')
      .slice(0, 64) || fallback
  )
}
