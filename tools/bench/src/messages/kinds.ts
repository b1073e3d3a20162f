import { fileURLToPath } from 'node:url'
import type { Kind } from '../server.ts'

export const BARE: Kind = {
  name: 'node:http',
  command: process.execPath,
  args: () => [fileURLToPath(new URL('./bare-main.ts', import.meta.url))],
  environment: (port) => ({ PORT: `${port}` }),
}

interface RelayOptions {
  /** http://host:port */
  sink?: string
  /** A folder of its own unless given. */
  spool?: string
  /** Its heap is limited to HEAP_MEGABYTES. */
  isSmall?: boolean
}

/** Nobody listens there. */
const NO_SINK = 'http://127.0.0.1:9'

/** Megabytes that a heap may have where memory counts: V8 collects garbage late where there is much. */
export const HEAP_MEGABYTES = 96

/** A relay whose sink is stopped, and which can store all that is sent to it. */
export function relay({ sink = NO_SINK, spool, isSmall = false }: RelayOptions = {}): Kind {
  return {
    name: 'relay',
    command: process.execPath,
    args: () => [fileURLToPath(new URL('../../../../services/relay/src/main.ts', import.meta.url))],
    environment: (port, folder) => ({
      HOST: '127.0.0.1',
      OPS_PORT: '0',
      PORT: `${port}`,
      LOG_LEVEL: 'error',
      DRAIN_SECONDS: '0',
      SINK_URL: sink,
      SPOOL_DIR: spool ?? folder,
      SPOOL_MEGABYTES: '8000',
      ...(isSmall && { NODE_OPTIONS: `--max-old-space-size=${HEAP_MEGABYTES}` }),
    }),
  }
}
