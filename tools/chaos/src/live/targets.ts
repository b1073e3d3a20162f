export const REPLICAS = ['media-server', 'media-server-2', 'media-server-3'] as const
export const ENCODERS = ['colorbar', 'colorbar-2'] as const
/** What both encoders want to publish. */
export const STREAM = 'live/live'

/** The nth of a listener. */
function nth(listener: string, index: number): string {
  return index === 0 ? listener : `${listener}-${index + 1}`
}

export const PAGES = REPLICAS.map((_, index) => nth('media-server', index))
export const INGESTS = REPLICAS.map((_, index) => nth('media-server-rtmp', index))

/** How replicas reach each other. */
export const PEER_EDGES = REPLICAS.flatMap((from, index) =>
  REPLICAS.flatMap((_, other) => (other === index ? [] : [`${from}→${nth('media-server-peers', other)}`])),
)

export const TARGETS = {
  processes: [...REPLICAS, ...ENCODERS],
  rollable: REPLICAS,
  edges: [...PEER_EDGES, ...PAGES.map((name) => `clients→${name}`), ...INGESTS.map((name) => `clients→${name}`)],
  disks: [],
} as const
