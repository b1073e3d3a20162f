import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declarationsIn, ofGroup, serversIn } from '../src/declarations.ts'
import { addressForOthers } from '../src/host.ts'
import { startOrder } from '../src/start-order.ts'
import { direct, type Edge, edgesOf, suite } from '../src/suite.ts'
import { partsOf, usualPorts } from '../src/system-ports.ts'
import { listener, Root, service } from './support/root.ts'

const faces = serversIn(ofGroup('faces', await declarationsIn()))

test('whoever is called starts before those that call, a broker first', () => {
  const names = startOrder(faces).map(({ name }) => name)
  assert.deepEqual(names, ['nsq', 'face-recognition', 'image-processor', 'receiver', 'frontend'])
})

test('those that call each other in a circle are named', async () => {
  using root = new Root({
    ...service('hen', { listeners: [listener('hen')], calls: { EGG_URL: 'egg' } }, { PORT: 1, EGG_URL: '' }),
    ...service(
      'egg',
      { listeners: [listener('egg')], calls: { HEN_URL: 'hen' }, opsPort: 9101 },
      { PORT: 2, HEN_URL: '' },
    ),
  })
  const servers = serversIn(await declarationsIn(root.path))
  assert.throws(() => startOrder(servers), /egg, hen call each other in a circle/)
})

test('the ports of a laptop are those of docs/architecture.md', () => {
  assert.deepEqual(usualPorts(faces), {
    ...{ receiver: 8000, frontend: 8081, 'face-recognition': 50051, database: 3307 },
    ...{ nsqd: 4150, 'nsqd-http': 4151, 'nsqlookupd-tcp': 4160, nsqlookupd: 4161 },
    ...{ 'receiver-ops': 9090, 'frontend-ops': 9091, 'face-recognition-ops': 9092, 'image-processor-ops': 9093 },
    'nsq-ops': 9094,
  })
})

test('every connection has one name, and all that wait for clients have the same way in', async () => {
  const processor = (name: string) =>
    ['database', 'face-recognition', 'nsqd-http', 'nsqlookupd'].map((to) => `${name}→${to}`)
  const asked = [...faces.map(({ name }) => name), 'image-processor-2'].map((name) => `frontend→${name}-ops`)
  assert.deepEqual(
    await edgesOf(faces, { 'image-processor': 2 }),
    [
      ...['clients→receiver', 'clients→frontend', 'receiver→database', 'receiver→nsqd-http', 'image-processor→nsqd'],
      ...[...processor('image-processor'), ...processor('image-processor-2')],
      ...['frontend→database', 'frontend→face-recognition', ...asked],
    ].sort(),
  )
})

test('addresses have the form that the name of their variable says', async () => {
  using root = new Root({
    ...service(
      'hello',
      { listeners: [listener('hello')], keeps: { SPOOL_DIR: 'hello-spool' } },
      { PORT: 1, SPOOL_DIR: '' },
    ),
    ...service(
      'world',
      {
        calls: { HELLO_URL: 'hello', HELLO_ADDRESS: 'hello', STATUS_URLS: 'statuses', MORE_URL: 'outside' },
        opsPort: 9101,
      },
      { HELLO_URL: '', HELLO_ADDRESS: '', STATUS_URLS: '', MORE_URL: '' },
    ),
  })
  const servers = serversIn(await declarationsIn(root.path))
  const ports = new Map(partsOf(servers, {}).map((part, index) => [part, 1000 + index]))
  const [hello, world] = await suite({ servers, copies: {}, ports, directory: '/kept', databasePort: 0, edge: direct })
  assert.deepEqual(hello?.environment, { SPOOL_DIR: '/kept/hello-spool' })
  const port = ports.get('hello')
  assert.deepEqual(world?.environment, {
    HELLO_URL: `http://127.0.0.1:${port}`,
    HELLO_ADDRESS: `127.0.0.1:${port}`,
    STATUS_URLS: `hello=http://127.0.0.1:${ports.get('hello-ops')},world=http://127.0.0.1:${ports.get('world-ops')}`,
  })
})

test('people are told of the pages that others link to, where other machines find them, too', async () => {
  const shown = { title: 'hello', path: '/ui', note: '', link: 'Say hello' }
  const page = { ...listener('hello'), protocol: 'http', reachedBy: 'everybody', shown }
  using root = new Root({
    ...service(
      'hello',
      { listeners: [page, { ...page, name: 'bye', shown: { title: 'bye', note: '' } }] },
      { PORT: 1 },
    ),
    ...service('world', { calls: { NAVIGATION: 'pages' }, opsPort: 9101 }, { NAVIGATION: '' }),
  })
  const servers = serversIn(await declarationsIn(root.path))
  const ports = new Map(partsOf(servers, {}).map((part, index) => [part, 1000 + index]))
  const options = { servers, copies: {}, ports, directory: '', databasePort: 0, edge: direct }
  const navigation = async (host?: string) => (await suite({ ...options, host })).at(-1)?.environment.NAVIGATION
  const port = ports.get('hello')
  assert.equal(await navigation(), `Say hello=http://127.0.0.1:${port}/ui`)
  assert.equal(await navigation('192.0.2.7'), `Say hello=http://192.0.2.7:${port}/ui`)
  assert.equal(await navigation('0.0.0.0'), `Say hello=http://${addressForOthers('0.0.0.0') ?? '127.0.0.1'}:${port}/ui`)
})

test('each copy of a service keeps folders of its own', async () => {
  using root = new Root(service('hello', { keeps: { SPOOL_DIR: 'spool' } }, { SPOOL_DIR: '' }))
  const servers = serversIn(await declarationsIn(root.path))
  const copies = { hello: 3 }
  const ports = new Map(partsOf(servers, copies).map((part) => [part, 0]))
  const members = await suite({ servers, copies, ports, directory: '/kept', databasePort: 0, edge: direct })
  const kept = ['/kept/spool', '/kept/spool-2', '/kept/spool-3']
  assert.deepEqual(
    members.map(({ environment }) => environment.SPOOL_DIR),
    kept,
  )
  assert.deepEqual(
    members.flatMap(({ folders }) => folders),
    kept,
  )
})

test('copies of a caller go to the copies of whom they call in turn', async () => {
  using root = new Root({
    ...service('hello', { listeners: [listener('hello')] }, { PORT: 1 }),
    ...service('world', { calls: { HELLO_ADDRESS: 'hello' }, opsPort: 9101 }, { HELLO_ADDRESS: '' }),
  })
  const servers = serversIn(await declarationsIn(root.path))
  const copies = { hello: 2, world: 3 }
  const ports = new Map(partsOf(servers, copies).map((part, index) => [part, 1000 + index]))
  const asked: string[] = []
  const edge: Edge = (from, to, port) => {
    if (!to.endsWith('-ops')) asked.push(`${from} ${to}`)
    return port
  }
  const members = await suite({ servers, copies, ports, directory: '', databasePort: 0, edge })
  assert.deepEqual(
    members.flatMap(({ environment }) => environment.HELLO_ADDRESS ?? []),
    ['hello', 'hello-2', 'hello'].map((part) => `127.0.0.1:${ports.get(part)}`),
  )
  assert.deepEqual(asked.sort(), ['world hello', 'world-2 hello-2', 'world-3 hello'])
})

test('copies of a service that calls its own listener find each other; one that is alone finds nobody', async () => {
  const own = { listeners: [listener('peers', 'PEER_PORT')], calls: { PEERS: 'peers' } }
  using root = new Root(service('hello', own, { PEER_PORT: 1, PEERS: '' }))
  const servers = serversIn(await declarationsIn(root.path))
  const peers = async (copies: Record<string, number>) => {
    const ports = new Map(partsOf(servers, copies).map((part, index) => [part, 1000 + index]))
    const members = await suite({ servers, copies, ports, directory: '', databasePort: 0, edge: direct })
    const addresses = ['peers', 'peers-2', 'peers-3'].map((part) => `127.0.0.1:${ports.get(part)}`)
    return members.map(({ environment }) => environment.PEERS?.split(',').map((peer) => addresses.indexOf(peer)))
  }
  assert.deepEqual(await peers({ hello: 3 }), [
    [1, 2],
    [0, 2],
    [0, 1],
  ])
  assert.deepEqual(await peers({}), [undefined])
})

test('those for everybody listen where they are told to, and are called there; all others stay on loopback', async () => {
  const options = { servers: faces, copies: {}, databasePort: 0, directory: '', edge: direct }
  const ports = new Map(partsOf(faces, {}).map((part, index) => [part, 1000 + index]))
  const membersOn = async (host: string) => await suite({ ...options, ports, host })
  const hosts = Object.fromEntries((await membersOn('192.0.2.7')).map(({ name, host }) => [name, host]))
  assert.deepEqual(hosts, {
    ...{ receiver: '192.0.2.7', frontend: '192.0.2.7' },
    ...{ nsq: '127.0.0.1', 'face-recognition': '127.0.0.1', 'image-processor': '127.0.0.1' },
  })
  const receiverFor = async (host: string) =>
    (await membersOn(host)).find(({ name }) => name === 'frontend')?.environment.RECEIVER_URL
  assert.equal(await receiverFor('192.0.2.7'), `http://192.0.2.7:${ports.get('receiver')}`)
  assert.equal(await receiverFor('2001:db8::7'), `http://[2001:db8::7]:${ports.get('receiver')}`)
  assert.equal(await receiverFor('0.0.0.0'), `http://127.0.0.1:${ports.get('receiver')}`)
})
