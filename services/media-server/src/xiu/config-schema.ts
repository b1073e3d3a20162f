import { type Static, type TProperties, Type } from 'typebox'

const table = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
const optional = { flag: Type.Optional(Type.Boolean()), text: Type.Optional(Type.String()) }
const port = Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 }))
const url = Type.Optional(Type.String({ pattern: '^(https?://.*)?$' }))
const count = Type.Optional(Type.Integer({ minimum: 0, maximum: 3600 }))
const password = Type.Optional(Type.String({ maxLength: 512 }))
const auth = Type.Optional(
  table({
    pull_enabled: optional.flag,
    push_enabled: optional.flag,
    algorithm: Type.Optional(Type.String({ pattern: '^(simple|md5)$' })),
  }),
)
const server = table({ enabled: optional.flag, address: optional.text, port })

/** xiu's configuration file; a table that is there and does not say `enabled` is. */
export const XiuConfigSchema = table({
  rtmp: Type.Optional(
    table({
      enabled: optional.flag,
      port,
      gop_num: count,
      pull: Type.Optional(server),
      push: Type.Optional(Type.Array(server)),
      auth,
    }),
  ),
  rtsp: Type.Optional(table({ enabled: optional.flag, port, relay_enabled: optional.flag, auth })),
  webrtc: Type.Optional(table({ enabled: optional.flag, port, auth })),
  httpflv: Type.Optional(table({ enabled: optional.flag, port, auth })),
  hls: Type.Optional(
    table({
      enabled: optional.flag,
      port,
      need_record: optional.flag,
      fragment: Type.Optional(Type.Number({ minimum: 0.5, maximum: 10 })),
      aof_ratio: count,
      live_ts_count: Type.Optional(Type.Integer({ minimum: 1, maximum: 360 })),
      path: optional.text,
      auth,
    }),
  ),
  httpapi: Type.Optional(table({ port })),
  httpnotify: Type.Optional(
    table({ enabled: optional.flag, on_publish: url, on_unpublish: url, on_play: url, on_stop: url, on_hls: url }),
  ),
  authsecret: Type.Optional(table({ key: password, password, push_password: password })),
  log: Type.Optional(
    table({
      level: Type.Optional(Type.String({ pattern: '^(trace|debug|info|warn|error)$' })),
      file: Type.Optional(table({ enabled: optional.flag, rotate: optional.text, path: optional.text })),
    }),
  ),
})

export type XiuConfig = Static<typeof XiuConfigSchema>
