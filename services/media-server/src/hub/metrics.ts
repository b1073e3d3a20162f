import { counter, gauge } from '@livepods/service'
import { PROTOCOLS } from './protocol.ts'

export const streams = gauge({ name: 'streams', help: 'Streams that are on air, or whose viewers wait for it.' })
export const viewers = gauge({ name: 'viewers', help: 'Viewers that are connected.', labels: ['protocol'] })
export const publishes = counter({
  name: 'publishes_total',
  help: 'Publishers: let in, let in instead of another, or refused.',
  labels: ['protocol', 'result'],
})
export const plays = counter({
  name: 'plays_total',
  help: 'Viewers: let in, or refused.',
  labels: ['protocol', 'result'],
})
export const receivedBytes = counter({ name: 'received_media_bytes_total', help: 'Media that publishers sent.' })
export const sentBytes = counter({
  name: 'sent_media_bytes_total',
  help: 'Media that was sent to viewers.',
  labels: ['protocol'],
  values: PROTOCOLS,
})
export const keyFrameAge = gauge({
  name: 'key_frame_age_seconds',
  help: 'Since the last key frame of a stream that is published here: the longest of all.',
})
