import { AccessTokenEnv } from '@livepods/access/env'
import { address, ServiceEnv } from '@livepods/service/env'
import { type Static, Type } from 'typebox'

const integer = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ minimum, maximum, default: value, description })

export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessTokenEnv,
  RTMP_URL: address(
    'rtmp URL list',
    'where the picture goes, several separated by commas: rtmp://host:port/app/stream; rtmp://host:port alone is a media-server, ' +
      'which gets /live/live with the token of ACCESS_TOKEN_FILE',
    { secret: true },
  ),
  // Chroma has half the lines and columns, so both are even.
  PICTURE_SIZE: Type.String({
    pattern: '^(1[6-9]|[2-9]\\d|[1-3]\\d\\d)[02468]x([1-9]\\d|1\\d\\d|20\\d|21[0-6])[02468]$',
    default: '1280x720',
    description: 'width and height in pixels, both even: 160x100 to 3998x2168',
  }),
  FRAMES_PER_SECOND: integer(30, 1, 60, 'frames of the picture in a second'),
  KEY_FRAME_SECONDS: integer(1, 1, 10, 'time from one key frame to the next'),
  VIDEO_KBIT_PER_SECOND: integer(2000, 100, 50_000, 'the most that the picture takes, in 1000 bits a second'),
  STALLED_SECONDS: Type.Number({
    exclusiveMinimum: 0,
    maximum: 300,
    default: 10,
    description: 'an ffmpeg that sends no frame for so long is killed and started again',
  }),
})

export type Config = Static<typeof Env>
