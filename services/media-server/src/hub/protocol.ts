export const PROTOCOLS = ['rtmp', 'http-flv', 'websocket-flv', 'cmaf'] as const

/** How a publisher or a viewer is connected; cmaf: HLS and DASH, which share their segments. */
export type Protocol = (typeof PROTOCOLS)[number]
