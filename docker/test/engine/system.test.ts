import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { samplePhoto } from '@livepods/samples'
import { eventually } from '@livepods/testing'
import { watchDash, watchHls } from '@livepods/testing/watch-segments'
import { docker, ownServices } from '../../src/engine.ts'
import { System } from './support/system.ts'

const SAMPLES = 6

const system = new System()
before(async () => {
  // What an earlier run left.
  await system[Symbol.asyncDispose]()
  await system.up()
})
after(() => system[Symbol.asyncDispose]())

/** Each time another photo to the receiver, the same people to us: a byte after the end of a JPEG is not looked at. */
let copies = 0
async function photo(): Promise<Uint8Array<ArrayBuffer>> {
  copies++
  return Uint8Array.from([...(await readFile(samplePhoto('sample3.jpg'))), copies])
}

async function identified(id: string): Promise<void> {
  const photo = await system.final(id)
  assert.equal(photo.person?.name, 'fiona', JSON.stringify(photo))
}

test('one command starts everything, and the page shows the samples with the people on them', async () => {
  const photos = await eventually(
    async () => {
      const photos = await system.photos()
      assert.equal(photos.length, SAMPLES)
      assert.ok(photos.every(({ final }) => final))
      return photos
    },
    { withinMs: 300_000, everyMs: 200 },
  )
  const names = photos.flatMap(({ person }) => person?.name ?? []).sort()
  assert.deepEqual(names, ['fiona', 'fiona', 'maria', 'nora'])
  const page = await (await system.page('/')).text()
  assert.match(page, /Persons of interest/)
  assert.match(page, />Live<\/a>/)
  await eventually(async () => {
    assert.match(await (await system.page('/chain')).text(), /4 processes are ready/)
  })
})

test('the colour bars are on air', async () => {
  await eventually(async () => {
    const [stream, ...others] = await system.streams()
    assert.deepEqual([stream?.name, stream?.onAir, others], ['live/live', true, []])
    assert.deepEqual([...(stream?.codecs ?? [])].sort(), ['avc1', 'mp4a'])
  })
})

test('the colour bars play as HLS, with low latency and without, and as DASH', async () => {
  const { href } = await system.media('/live/live')
  const played = await Promise.all([watchHls(href), watchHls(href, { plain: true }), watchDash(href)])
  for (const numbers of played) assert.equal(numbers.length, 3)
})

const SENDERS = ['sender', 'sender-2', 'sender-3']
const RELAYS = ['relay', 'relay-2']
const SINKS = ['sink', 'sink-2', 'sink-3']

test('a message of each of three senders is in one line of the relays, and in one of the sinks', async () => {
  for (const sender of SENDERS)
    await eventually(async () => {
      const said = await docker('compose', 'logs', '--no-log-prefix', '--no-color', sender)
      // Not from the beginning of a line: some versions of compose clear it first.
      const [, text = ''] = /\*{8} {2}Sending (.+)$/m.exec(said) ?? []
      for (const lines of [await system.textLogs('Relay', RELAYS), await system.textLogs('Sink', SINKS)])
        assert.equal(lines.filter((line) => line.endsWith(` : ${text}`)).length, 1, text)
    })
})

test('every process of ours is contained: read-only, no capabilities, no root, memory and processes limited', async () => {
  const containers = (await docker('compose', 'ps', '--all', '--quiet', ...(await ownServices()).keys())).split('\n')
  assert.equal(containers.length, (await ownServices()).size)
  for (const container of containers) {
    const { Name, Config, HostConfig } = JSON.parse(await docker('inspect', '--format', '{{json .}}', container))
    assert.equal(Config.User, '10001:10001', Name)
    assert.equal(HostConfig.ReadonlyRootfs, true, Name)
    assert.deepEqual(HostConfig.CapDrop, ['ALL'], Name)
    assert.deepEqual(HostConfig.CapAdd ?? [], [], Name)
    assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'], Name)
    assert.ok(HostConfig.Memory > 0 && HostConfig.PidsLimit > 0, Name)
  }
})

test('no password is in the environment of any container, nor readable for anybody else', async () => {
  const containers = (await docker('compose', 'ps', '--all', '--quiet')).split('\n')
  const secret = await docker('compose', 'exec', '-T', 'receiver', 'cat', '/run/secrets/userpassword')
  const password = secret.replace(/^livepods:/, '')
  assert.equal(Buffer.from(password, 'base64url').length, 24)
  assert.ok(!(await docker('inspect', ...containers)).includes(password))
  await assert.rejects(
    docker('compose', 'exec', '-T', 'receiver', 'cat', '/run/secrets/rootpassword'),
    /Permission denied/,
  )
  await assert.rejects(
    docker('compose', 'exec', '-T', 'mysql', 'cat', '/run/secrets/userpassword'),
    /Permission denied/,
  )
})

test('only those with a public port are on a network that reaches the outside', async () => {
  const outside = new Set<string>()
  for (const container of (await docker('compose', 'ps', '--quiet')).split('\n')) {
    const { Config, NetworkSettings } = JSON.parse(await docker('inspect', '--format', '{{json .}}', container))
    for (const network of Object.keys(NetworkSettings.Networks))
      if ((await docker('network', 'inspect', '--format', '{{.Internal}}', network)) !== 'true')
        outside.add(Config.Labels['com.docker.compose.service'])
  }
  assert.deepEqual([...outside].sort(), ['frontend', 'media-server', 'receiver', 'relay', 'sink', 'whoami'])
})

for (const service of ['receiver', 'image-processor', 'face-recognition', 'frontend', 'nsqd'])
  test(`after a crash of ${service} it is started again, and a photo sent meanwhile goes through`, async () => {
    const before = (await system.states()).get(service)?.StartedAt ?? ''
    await system.crash(service)
    const id = await system.accepted(await photo())
    await system.startedAgain(service, before)
    await identified(id)
  })

test('while the database is gone photos are refused with a time to come back, then it goes on and nothing is lost', async () => {
  const first = await system.accepted(await photo())
  const waiting = await photo()
  await docker('compose', 'stop', 'mysql')
  const refused = await eventually(async () => {
    const response = await system.send(waiting)
    assert.equal(response.status, 503)
    return response
  })
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  assert.equal((await system.page('/')).status < 600, true)
  await docker('compose', 'start', 'mysql')
  const second = await system.accepted(waiting)
  for (const id of [first, second]) await identified(id)
})

test('a crash of the database is healed by itself', async () => {
  const before = (await system.states()).get('mysql')?.StartedAt ?? ''
  const first = await system.accepted(await photo())
  await system.crash('mysql')
  await system.startedAgain('mysql', before)
  const second = await system.accepted(await photo())
  for (const id of [first, second]) await identified(id)
})

test('after all of that no message is lost, and none stands in the logs twice', async () => {
  await eventually(async () => {
    const streams = (await system.messageStreams()).filter(({ name }) => name.startsWith('sender'))
    assert.ok(streams.length >= SENDERS.length, JSON.stringify(streams))
    for (const { missing, conflicts } of streams) assert.deepEqual([missing, conflicts], [0, 0])
    const lines = (await system.textLogs('Sink', SINKS)).filter((line) => line.includes(' : Message sent from '))
    const taken = streams.reduce((sum, { last }) => sum + (last ?? 0), 0)
    assert.equal(new Set(lines.map((line) => line.split(' : ')[1])).size, lines.length)
    assert.ok(lines.length >= taken, `${taken} taken, ${lines.length} logged`)
  })
})

test('the retry job runs', async () => {
  await docker('compose', 'run', '--rm', '-T', 'retry', '--dry-run')
})

test('a backup of the database brings back what was deleted since', async () => {
  const photos = await system.photos()
  const sql = (program: string, ...options: string[]) =>
    `MYSQL_PWD=$(cat /run/secrets/password) ${[program, '--user=livepods', ...options, 'kube'].join(' ')}`
  const inMysql = (command: string) => docker('compose', 'exec', '-T', 'mysql', 'sh', '-euc', command)
  await inMysql(`${sql('mysqldump', '--single-transaction', '--no-tablespaces')} > /tmp/kube.sql`)
  await inMysql(`${sql('mysql')} -e 'DELETE FROM images'`)
  await eventually(async () => assert.deepEqual(await system.photos(), []))
  await inMysql(`${sql('mysql')} < /tmp/kube.sql`)
  await eventually(async () => assert.deepEqual(await system.photos(), photos))
})

test('everything stops within its grace with exit code 0, and is there again afterwards', async () => {
  const photos = await system.photos()
  // Who is killed when the time is over has 137.
  await docker('compose', 'stop')
  for (const [service, { Status, ExitCode }] of await system.states())
    assert.deepEqual({ service, Status, ExitCode }, { service, Status: 'exited', ExitCode: 0 })
  await system.up()
  assert.deepEqual(await system.photos(), photos)
})

test('with compose.access.yaml pages and APIs ask for a token, and photos go through as before', async () => {
  process.env.COMPOSE_FILE += ':docker/compose.access.yaml'
  await system.up()
  assert.equal((await system.page('/')).status, 401)
  assert.equal((await system.send(await photo())).status, 401)
  const tokens = await docker('compose', 'exec', '-T', 'receiver', 'cat', '/run/secrets/tokens')
  const [, submit] = /^(\S+) submit$/m.exec(tokens) ?? []
  system.headers = { authorization: `Bearer ${submit}` }
  await identified(await system.accepted(await photo()))
})
