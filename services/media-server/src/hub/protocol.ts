/** How a publisher or a viewer is connected. */
export type Protocol = 'rtmp' | 'http-flv' | 'websocket-flv'
