import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { freePorts } from '@livepods/system'
import { eventually, spawnService } from '@livepods/testing'
import { readConfigFile } from '../src/xiu/config-file.ts'
import { avcConfig, avcKey } from './support/frames.ts'
import { message, RtmpPeer } from './support/rtmp-peer.ts'

const MAIN = new URL('../src/main.ts', import.meta.url)
const folder = await mkdtemp(join(tmpdir(), 'livepods-xiu-'))
after(() => rm(folder, { recursive: true }))
let files = 0

async function fileOf(text: string, ending = 'toml'): Promise<string> {
  const path = join(folder, `${files++}.${ending}`)
  await writeFile(path, text)
  return path
}

/** Every key that xiu has. */
const WHOLE = `
[rtmp]
enabled = true
port = 1936
gop_num = 2
[rtmp.pull]
enabled = false
address = "10.0.0.1"
port = 1935
[[rtmp.push]]
enabled = false
address = "10.0.0.2"
port = 1935
[rtmp.auth]
pull_enabled = true
push_enabled = true
algorithm = "md5"
[rtsp]
enabled = false
port = 5544
relay_enabled = false
[webrtc]
enabled = false
port = 8900
[httpflv]
enabled = true
port = 8081
[httpflv.auth]
pull_enabled = true
algorithm = "simple"
[hls]
enabled = true
port = 8080
need_record = false
fragment = 2
aof_ratio = 1
live_ts_count = 10
path = "/tmp"
[httpapi]
port = 8000
[httpnotify]
enabled = true
on_publish = "http://127.0.0.1:3001/on_publish"
on_unpublish = "http://127.0.0.1:3001/on_unpublish"
on_play = "http://127.0.0.1:3001/on_play"
on_stop = "http://127.0.0.1:3001/on_stop"
on_hls = "http://127.0.0.1:3001/on_hls"
[authsecret]
key = "the key"
password = "the password"
push_password = "the other password"
[log]
level = "trace"
[log.file]
enabled = true
rotate = "hour"
path = "/app/logs"
`

describe('a configuration file of xiu', () => {
  test('says what our variables say, and what has no effect here', async () => {
    const { variables, notes } = readConfigFile(await fileOf(WHOLE))
    assert.deepEqual(variables, {
      RTMP_PORT: '1936',
      PORT: '8080',
      MORE_PORTS: '8081,8000',
      SEGMENT_SECONDS: '2',
      WINDOW_SECONDS: '20',
      STREAM_TOKENS: 'publish=md5,rtmp=md5,flv=simple',
      STREAM_TOKEN_KEY: 'the key',
      STREAM_PASSWORD: 'the password',
      STREAM_PUBLISH_PASSWORD: 'the other password',
      HOOK_ON_PUBLISH: 'http://127.0.0.1:3001/on_publish',
      HOOK_ON_UNPUBLISH: 'http://127.0.0.1:3001/on_unpublish',
      HOOK_ON_PLAY: 'http://127.0.0.1:3001/on_play',
      HOOK_ON_STOP: 'http://127.0.0.1:3001/on_stop',
      HOOK_ON_HLS: 'http://127.0.0.1:3001/on_hls',
      LOG_LEVEL: 'debug',
    })
    assert.deepEqual(
      notes.map((note) => note.slice(0, note.indexOf(':'))),
      ['rtmp.gop_num', 'hls.aof_ratio', 'hls.path', 'log.file'],
    )
  })

  test('needs no table but rtmp, and may be JSON', async () => {
    assert.deepEqual(readConfigFile(await fileOf('[rtmp]\nenabled = true\nport = 1935')), {
      variables: { RTMP_PORT: '1935' },
      notes: [],
      faults: [],
    })
    const json = await fileOf('{"rtmp":{"enabled":true,"port":1937},"httpflv":{"port":8081}}', 'json')
    assert.deepEqual(readConfigFile(json).variables, { RTMP_PORT: '1937', PORT: '8081' })
  })

  test('protects an output that it does not switch on as it does RTMP', async () => {
    const path = await fileOf('[rtmp.auth]\npull_enabled = true\n[hls]\nport = 8080\n[httpflv]\nenabled = false')
    assert.equal(readConfigFile(path).variables.STREAM_TOKENS, 'rtmp=simple,flv=simple')
  })

  for (const [what, text, sentence] of [
    ['a key that xiu does not have', '[rtmp]\nprot = 1935', /rtmp\.prot is no key of xiu; there are enabled, port, /],
    ['such a table', '[rtmp]\n[gb28181]\nport = 3000', /gb28181 is no key of xiu; there are rtmp, rtsp, /],
    ['such a key of a list', '[[rtmp.push]]\nport = 1\nhost = "a"', /rtmp\.push\.0\.host is no key of xiu; .*address/],
    ['a value of another type', '[rtmp]\nport = "1935"', /rtmp\.port must be integer/],
    ['a port that there is not', '[rtmp]\nport = 70000', /rtmp\.port must be <= 65535/],
    ['an algorithm that there is not', '[rtmp.auth]\nalgorithm = "sha1"', /rtmp\.auth\.algorithm must match pattern/],
    ['a hook that is no URL', '[rtmp]\n[httpnotify]\non_play = "x"', /httpnotify\.on_play must match pattern/],
    ['what is no TOML', '[rtmp]\npassword = secret-of-mine', /it is no TOML, from line 2 on/],
    ['RTMP that is off', '[rtmp]\nenabled = false', /rtmp\.enabled must be true/],
    ['nothing', '', /rtmp\.enabled must be true/],
    ['RTSP', '[rtmp]\n[rtsp]\nenabled = true', /rtsp\.enabled must be false: RTSP is not here/],
    ['WebRTC', '[rtmp]\n[webrtc]\nport = 8900', /webrtc\.enabled must be false: WHIP/],
    ['a pull', '[rtmp]\n[rtmp.pull]\nenabled = true', /rtmp\.pull\.enabled must be false: .*MEDIA_PEERS/],
    ['a push', '[rtmp]\n[[rtmp.push]]\nenabled = true', /rtmp\.push\.enabled must be false: .*MEDIA_PEERS/],
    ['recording', '[rtmp]\n[hls]\nneed_record = true', /hls\.need_record must be false: nothing is recorded/],
  ] as const)
    test(`with ${what} is refused with a sentence`, async () => {
      const path = await fileOf(text)
      assert.throws(
        () => readConfigFile(path),
        ({ exitCode, message }: { exitCode: number; message: string }) => {
          assert.equal(exitCode, 78)
          assert.match(message, sentence)
          assert.ok(message.includes(path))
          assert.doesNotMatch(message, /secret-of-mine/)
          return true
        },
      )
    })

  test('that is not there is refused', () => {
    assert.throws(() => readConfigFile(join(folder, 'none.toml')), { exitCode: 78, message: /MEDIA_CONFIG .*ENOENT/ })
  })
})

describe('the server', () => {
  test('listens where the file says: pages, FLV and API at each port', async () => {
    const { rtmp, flv, hls, api } = await freePorts({ rtmp: 0, flv: 0, hls: 0, api: 0 })
    const path = await fileOf(`
      [rtmp]
      port = ${rtmp}
      gop_num = 3
      [hls]
      port = ${hls}
      [httpflv]
      port = ${flv}
      [httpapi]
      port = ${api}`)
    await using service = await spawnService(MAIN, { DRAIN_SECONDS: '0' }, ['-c', path])
    await service.ready()
    assert.match(service.output(), /rtmp\.gop_num: viewers begin with the last key frame/)
    using publisher = await RtmpPeer.open(rtmp)
    await publisher.publish('key')
    publisher.send(message(9, avcConfig(), { streamId: 1 }), message(9, avcKey(), { streamId: 1 }))
    for (const port of [hls, flv, api]) {
      const url = `http://127.0.0.1:${port}`
      await eventually(async () => {
        const { streams } = (await (await fetch(`${url}/v1/streams`)).json()) as { streams: { codecs: string[] }[] }
        assert.deepEqual(streams[0]?.codecs, ['avc1'])
      })
      const answer = await fetch(`${url}/live/key.flv`)
      assert.equal(answer.status, 200)
      await answer.body?.cancel()
    }
    assert.equal(await service.stop(), 0)
  })

  test('takes variables of the environment before the file, and options before both', async () => {
    const path = await fileOf('[rtmp]\nport = 1\n[hls]\nport = 1\n[authsecret]\nkey = "of the file"')
    const secret = await fileOf('of a file of its own', 'txt')
    const environment = { MEDIA_CONFIG: path, PORT: '0', RTMP_PORT: '0', STREAM_TOKEN_KEY_FILE: secret }
    await using service = await spawnService(MAIN, environment)
    await service.ready()
    const [, http] = await service.said(/"http":(\d+),"rtmp":(\d+)/)
    await using other = await spawnService(MAIN, { PORT: String(http), DRAIN_SECONDS: '0' }, ['-s', '0', '-r', '0'])
    await other.ready()
  })

  test('--check says whether all fits, and starts nothing', async () => {
    const whole = await fileOf(WHOLE)
    const run = async (args: string[], environment: Record<string, string> = {}) => {
      await using service = await spawnService(MAIN, environment, args)
      return [await service.exited, service.output()] as const
    }
    const [code, output] = await run(['--check', '--config', whole])
    assert.equal(code, 0)
    assert.match(output, /The configuration fits\.\nWithout effect: rtmp\.gop_num/)
    assert.doesNotMatch(output, /the (other )?password|the key/)
    const bad = await fileOf('[rtmp]\nprot = 1')
    const [badCode, badOutput] = await run(['--check'], { MEDIA_CONFIG: bad })
    assert.equal(badCode, 78)
    assert.match(badOutput, /rtmp\.prot is no key/)
    const keyless = await fileOf('[rtmp.auth]\npull_enabled = true\nalgorithm = "md5"\n[authsecret]\nkey = ""')
    const [keylessCode, keylessOutput] = await run(['--check'], { MEDIA_CONFIG: keyless })
    assert.equal(keylessCode, 78)
    assert.match(keylessOutput, /rtmp=md5, and STREAM_TOKEN_KEY \(authsecret\.key\) is not set/)
    assert.equal((await run(['--check'], { MEDIA_PEERS: 'x', PEER_SECRET: 'short' }))[0], 78)
  })

  test('says of options that it does not have that it has none, and ends with 64', async () => {
    for (const args of [['-t', '554'], ['-c', 'x.toml', '-r', '1935'], ['--nothing']]) {
      await using service = await spawnService(MAIN, {}, args)
      assert.equal(await service.exited, 64, args.join(' '))
      assert.doesNotMatch(service.output(), /\n {4}at /)
    }
  })
})
