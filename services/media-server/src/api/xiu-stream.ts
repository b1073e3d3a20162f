import type { ClientState, ClientsState } from '../clients/client-state.ts'
import { identifierOf, SUBSCRIBERS } from '../hooks/hook-body.ts'
import type { Measured } from '../hub/measured.ts'
import type { Protocol } from '../hub/protocol.ts'
import type { StreamReport } from '../hub/stream.ts'

interface XiuViewer {
  id: string
  start_time: string
  remote_address: string
  sub_type: string
  'send_bitrate(kbits/s)': number
  /** Bytes; the name is xiu's. */
  'total_send_bytes(kbits/s)': number
}

export interface XiuStream {
  publisher: object
  subscribers: Record<string, XiuViewer>
  subscriber_count: number
  total_recv_bytes: number
  total_send_bytes: number
}

const VIDEO: [sampleEntry: RegExp, name: string][] = [
  [/^avc[13]/, 'H264'],
  [/^(hvc|hev)1/, 'H265'],
  [/^av01/, 'AV1'],
  [/^vp09/, 'VP9'],
]
const AUDIO: [sampleEntry: RegExp, name: string][] = [
  [/^mp4a/, 'AAC'],
  [/^Opus/i, 'OPUS'],
]
/** By profile_idc of H.264. */
const AVC_PROFILES: Record<number, string> = { 66: 'Baseline', 77: 'Main', 88: 'Extended', 100: 'High' }
/** By the object type of MPEG-4 audio. */
const AAC_PROFILES: Record<string, string> = { 1: 'MAIN', 2: 'LC', 3: 'SSR', 4: 'LTP', 5: 'SBR', 29: 'HEAACv2' }

/** Streams as xiu describes them. */
export function describeAsXiu(reports: StreamReport[], replicas: ClientsState[]): XiuStream[] {
  return reports.map((report) => {
    const clients = replicas.flatMap((replica) => replica.clients.filter(({ name }) => name === report.name))
    const streams = replicas.flatMap((replica) => replica.streams.filter(({ name }) => name === report.name))
    const viewers = clients.filter(({ isPublisher }) => !isPublisher)
    const measured = streams.find((stream) => stream.measured)?.measured
    return {
      publisher: describePublisher(
        report,
        clients.find(({ isPublisher }) => isPublisher),
        measured,
      ),
      subscribers: Object.fromEntries(viewers.map((viewer) => [viewer.id, describeViewer(viewer)])),
      subscriber_count: streams.reduce((sum, stream) => sum + stream.viewers, 0),
      total_recv_bytes: measured?.receivedBytes ?? 0,
      total_send_bytes: viewers.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    }
  })
}

/** While nobody publishes it, it has no id. */
function describePublisher(report: StreamReport, client: ClientState | undefined, measured: Measured | undefined) {
  const { name, publishedAt, since, publisher, bitsPerSecond } = report
  return {
    id: client?.id ?? '',
    identifier: identifierOf(name),
    start_time: (client ? new Date(client.since) : (publishedAt ?? since)).toISOString(),
    video: describeVideo(measured),
    audio: describeAudio(measured),
    remote_address: publisher?.client ?? '',
    'recv_bitrate(kbits/s)': kilobits(bitsPerSecond),
  }
}

function describeViewer({ id, since, address, protocol, sentBytes, bitsPerSecond }: ClientState): XiuViewer {
  return {
    id,
    start_time: new Date(since).toISOString(),
    remote_address: address,
    sub_type: SUBSCRIBERS[protocol as Protocol] ?? '',
    'send_bitrate(kbits/s)': kilobits(bitsPerSecond),
    'total_send_bytes(kbits/s)': sentBytes,
  }
}

function describeVideo(measured: Partial<Measured> = {}) {
  const {
    codecs = [],
    videoCodec = '',
    width = 0,
    height = 0,
    videoBitsPerSecond = 0,
    framesPerSecond = 0,
    groupLength = 0,
  } = measured
  // RFC 6381: avc1.PPCCLL, profile and level in hexadecimal.
  const [, profile = '0', level = '0'] = /^avc[13]\.(..)..(..)$/.exec(videoCodec) ?? []
  return {
    codec: nameOf(VIDEO, codecs),
    profile: AVC_PROFILES[Number.parseInt(profile, 16)] ?? '',
    level: level === '0' ? '' : (Number.parseInt(level, 16) / 10).toFixed(1),
    width,
    height,
    'bitrate(kbits/s)': kilobits(videoBitsPerSecond),
    frame_rate: Math.round(framesPerSecond),
    gop: groupLength,
  }
}

function describeAudio(measured: Partial<Measured> = {}) {
  const { codecs = [], audioCodec = '', sampleRate = 0, channels = 0, audioBitsPerSecond = 0 } = measured
  const [, objectType = ''] = /^mp4a\.40\.(\d+)$/.exec(audioCodec) ?? []
  return {
    sound_format: nameOf(AUDIO, codecs),
    profile: AAC_PROFILES[objectType] ?? '',
    samplerate: sampleRate,
    channels,
    'bitrate(kbits/s)': kilobits(audioBitsPerSecond),
  }
}

/** @param codecs sample entries of all tracks */
function nameOf(names: typeof VIDEO, codecs: string[]): string {
  return names.find(([sampleEntry]) => codecs.some((codec) => sampleEntry.test(codec)))?.[1] ?? ''
}

function kilobits(bitsPerSecond: number): number {
  return Math.round(bitsPerSecond / 1000)
}
