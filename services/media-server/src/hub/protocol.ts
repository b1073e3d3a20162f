/** How a publisher or a viewer is connected; cmaf: HLS and DASH, which share their segments. */
export type Protocol = 'rtmp' | 'http-flv' | 'websocket-flv' | 'cmaf'
