import type { XiuConfig } from './config-schema.ts'

export interface ConfigVariables {
  variables: Record<string, string>
  /** What is configured and has no effect here, and why. */
  notes: string[]
  /** What is switched on and is not here: a server without it would not do what is asked for. */
  faults: string[]
}

interface Table {
  enabled?: boolean
}

/** Of xiu; its segments are as long unless the file says otherwise. */
const FRAGMENT_SECONDS = 5
const MIN_WINDOW_SECONDS = 4
const MAX_WINDOW_SECONDS = 3600

const isOn = <T extends Table>(table: T | undefined): table is T => table !== undefined && table.enabled !== false

/** The variables that mean the same as xiu's keys. */
export function variablesOf(config: XiuConfig): ConfigVariables {
  const { rtmp, hls, httpnotify, authsecret, log } = config
  const hooks = isOn(httpnotify) ? httpnotify : undefined
  const variables = {
    RTMP_PORT: rtmp?.port,
    ...portsOf(config),
    ...(isOn(hls) && segmentsOf(hls)),
    STREAM_TOKENS: rulesOf(config).join(),
    STREAM_TOKEN_KEY: authsecret?.key,
    STREAM_PASSWORD: authsecret?.password,
    STREAM_PUBLISH_PASSWORD: authsecret?.push_password,
    HOOK_ON_PUBLISH: hooks?.on_publish,
    HOOK_ON_UNPUBLISH: hooks?.on_unpublish,
    HOOK_ON_PLAY: hooks?.on_play,
    HOOK_ON_STOP: hooks?.on_stop,
    HOOK_ON_HLS: hooks?.on_hls,
    LOG_LEVEL: log?.level === 'trace' ? 'debug' : log?.level,
  }
  const said = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '')
  return {
    variables: Object.fromEntries(said.map(([name, value]) => [name, String(value)])),
    notes: notesOf(config),
    faults: faultsOf(config),
  }
}

/** xiu has one each of HLS, FLV and its API; here each port has all. */
function portsOf({ hls, httpflv, httpapi }: XiuConfig): Record<string, string | undefined> {
  const ports = [isOn(hls) && hls?.port, isOn(httpflv) && httpflv?.port, httpapi?.port]
  const [first, ...more] = new Set(ports.filter((port) => typeof port === 'number'))
  return { PORT: first?.toString(), MORE_PORTS: more.join() }
}

function segmentsOf({ fragment, live_ts_count: count }: NonNullable<XiuConfig['hls']>) {
  const seconds = (count ?? 0) * (fragment ?? FRAGMENT_SECONDS)
  const window = Math.min(Math.max(seconds, MIN_WINDOW_SECONDS), MAX_WINDOW_SECONDS)
  return { SEGMENT_SECONDS: fragment, WINDOW_SECONDS: count === undefined ? undefined : window }
}

/** An output that is not on in xiu is here all the same: whoever may watch by RTMP may watch by it. */
function rulesOf({ rtmp, httpflv, hls }: XiuConfig): string[] {
  const algorithmOf = ({ algorithm = 'simple' }: { algorithm?: string } = {}) => algorithm
  const pull = (output: string, table: typeof httpflv) => {
    const auth = isOn(table) ? table?.auth : rtmp?.auth
    return auth?.pull_enabled ? [`${output}=${algorithmOf(auth)}`] : []
  }
  return [
    ...(rtmp?.auth?.push_enabled ? [`publish=${algorithmOf(rtmp.auth)}`] : []),
    ...pull('rtmp', rtmp),
    ...pull('flv', httpflv),
    ...pull('hls', hls),
  ]
}

function notesOf({ rtmp, httpflv, hls, log }: XiuConfig): string[] {
  const notes: [isSaid: boolean, note: string][] = [
    [
      isOn(rtmp) && rtmp?.gop_num !== undefined && rtmp.gop_num !== 1,
      'rtmp.gop_num: viewers begin with the last key frame.',
    ],
    [isOn(httpflv) && httpflv?.auth?.push_enabled === true, 'httpflv.auth.push_enabled: rtmp.auth has the rule.'],
    [isOn(hls) && hls?.auth?.push_enabled === true, 'hls.auth.push_enabled: nobody publishes by HLS.'],
    [isOn(hls) && hls?.aof_ratio !== undefined, 'hls.aof_ratio: sound alone has segments as long as pictures have.'],
    [isOn(hls) && hls?.path !== undefined, 'hls.path: segments are kept in memory, none is a file.'],
    [
      log?.file !== undefined && log.file.enabled !== false,
      'log.file: lines go to stdout, for whoever runs the process to keep.',
    ],
  ]
  return notes.flatMap(([isSaid, note]) => (isSaid ? [note] : []))
}

function faultsOf({ rtmp, rtsp, webrtc, hls }: XiuConfig): string[] {
  const faults: [isFault: boolean, fault: string][] = [
    [!isOn(rtmp), 'rtmp.enabled must be true: that is how streams come in.'],
    [isOn(rtsp), 'rtsp.enabled must be false: RTSP is not here. A program such as ffmpeg turns it into RTMP.'],
    [isOn(webrtc), 'webrtc.enabled must be false: WHIP and WHEP are not here.'],
    [
      rtmp?.pull !== undefined && isOn(rtmp.pull),
      'rtmp.pull.enabled must be false: no stream is fetched from other servers; replicas share theirs by MEDIA_PEERS.',
    ],
    [
      rtmp?.push?.some(isOn) ?? false,
      'rtmp.push.enabled must be false: no stream is sent to other servers; replicas share theirs by MEDIA_PEERS.',
    ],
    [isOn(hls) && hls?.need_record === true, 'hls.need_record must be false: nothing is recorded.'],
  ]
  return faults.flatMap(([isFault, fault]) => (isFault ? [fault] : []))
}
