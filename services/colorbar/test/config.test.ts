import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEnvironment } from '@livepods/service'
import { Env } from '../src/config.ts'

const RTMP_URL = 'rtmp://media-server:1935'

describe('the environment', () => {
  test('needs only a target', () => {
    const { RTMP_URL: url, PICTURE_SIZE, FRAMES_PER_SECOND, KEY_FRAME_SECONDS } = readEnvironment(Env, { RTMP_URL })
    assert.deepEqual([url, PICTURE_SIZE, FRAMES_PER_SECOND, KEY_FRAME_SECONDS], [RTMP_URL, '1280x720', 30, 1])
  })

  for (const [variable, value] of [
    ['RTMP_URL', 'rtmps://h/app/key?token=t,rtmp://127.0.0.1:1/a/b'],
    ['RTMP_URL', 'rtmp://[::1]:1935/live/live'],
    ['PICTURE_SIZE', '160x100'],
    ['PICTURE_SIZE', '1920x1080'],
    ['PICTURE_SIZE', '3840x2160'],
  ] as const)
    test(`takes ${variable} ${value}`, () => {
      assert.equal(readEnvironment(Env, { RTMP_URL, [variable]: value })[variable], value)
    })

  for (const [variable, value] of [
    ['RTMP_URL', ''],
    ['RTMP_URL', 'http://media-server:1935/live/live'],
    ['RTMP_URL', 'rtmp:///live/live'],
    ['RTMP_URL', 'rtmp://one/live/live,two'],
    ['RTMP_URL', 'rtmp://one/live/live -f null'],
    ['RTMP_URL', 'media-server:1935'],
    ['RTMP_URL', 'rtmp://media-server:99999/live/live'],
    ['PICTURE_SIZE', '1280'],
    ['PICTURE_SIZE', '1281x720'],
    ['PICTURE_SIZE', '1280x719'],
    ['PICTURE_SIZE', '98x98'],
    ['PICTURE_SIZE', '12800x7200'],
    ['PICTURE_SIZE', '1280x720,drawtext=textfile=/etc/passwd'],
    ['FRAMES_PER_SECOND', '0'],
    ['FRAMES_PER_SECOND', '29.97'],
    ['KEY_FRAME_SECONDS', '11'],
    ['VIDEO_KBIT_PER_SECOND', '2M'],
    ['STALLED_SECONDS', '0'],
  ] as const)
    test(`refuses ${variable} "${value}", and names it`, () => {
      assert.throws(() => readEnvironment(Env, { RTMP_URL, [variable]: value }), new RegExp(variable))
    })
})
