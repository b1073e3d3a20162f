import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { declarationsIn } from '../src/declarations.ts'
import { NotStartedError } from '../src/not-started.ts'
import { System, type SystemOptions } from '../src/system.ts'
import { firstJob, listener, Root, service } from './support/root.ts'

// Nothing is installed while these run.
process.env.PATH = ''
process.env.MYSQLD = '/bin/false'

/** A group of its own that lacks nothing. */
const whoami = service('whoami')
const live = (name: string, own: object = {}, variables: Record<string, unknown> = {}) =>
  service(name, { group: 'live', opsPort: 9101, ...own }, variables)

/** Everything that a system of these files is started with. */
async function given(t: TestContext, files: Record<string, string>) {
  const root = new Root(files)
  const directory = mkdtempSync(join(tmpdir(), 'livepods-groups-'))
  t.after(() => {
    root[Symbol.dispose]()
    rmSync(directory, { recursive: true })
  })
  const options: SystemOptions = { declarations: await declarationsIn(root.path), directory, usualPorts: false }
  return { root, directory, options }
}

async function eventually(isTrue: () => boolean, { signal }: TestContext): Promise<void> {
  while (!isTrue()) await sleep(20, undefined, { signal })
}

/** Resolves when this is what the processes of "live" lack. */
async function says(system: System, pattern: RegExp, t: TestContext): Promise<void> {
  await eventually(() => pattern.test(system.lacksOf('live').late.join(', ')), t)
}

test('a group alone starts no database, no job and no broker, and fills no folder of pictures', async (t) => {
  const { options, directory } = await given(t, {
    ...whoami,
    ...live('page', { calls: { MYSQL_CONNECTION: 'database', S3: 'pictures' } }, { MYSQL_CONNECTION: '', S3: '' }),
    ...firstJob('job', 'process.exit(1)', { MYSQL_CONNECTION: 'database' }),
  })
  const prepare = () => assert.fail('it has no pictures')
  await using system = await System.start({ ...options, groups: ['probe'], prepare })
  assert.deepEqual(
    system.processes.map(({ name }) => name),
    ['whoami'],
  )
  for (const name of ['database', 'known_people', 'unknown_people']) assert.ok(!existsSync(join(directory, name)), name)
})

test('a group is ready while a process of another one is not, though it calls that one', async (t) => {
  const { root, options } = await given(t, {
    ...service('whoami', { calls: { RADIO_URL: 'radio' } }, { RADIO_URL: '' }),
    ...live('radio', { listeners: [listener('radio')] }, { PORT: 1 }),
    'services/radio/late': '',
  })
  await using system = await System.launch(options)
  const ready = system.groupReady('live')
  await system.groupReady('probe')
  assert.deepEqual(system.lacksOf('probe'), { late: [], notStarted: [] })
  await says(system, /^radio lacks antenna \(no signal\)$/, t)
  root.remove('services/radio/late')
  await ready
  assert.deepEqual(system.lacksOf('live'), { late: [], notStarted: [] })
})

test('a service whose program is missing is not started, and the others of its group are', async (t) => {
  const { options } = await given(t, {
    ...whoami,
    ...live('radio', { programs: ['no-such-encoder'] }),
    ...live('recorder', { programs: ['no-such-encoder'], opsPort: 9102 }),
    ...live('listener', { opsPort: 9103 }),
  })
  const reason = 'no-such-encoder is missing; install it (Debian, Ubuntu: "sudo apt-get install no-such-encoder").'
  {
    await using system = await System.launch(options)
    await system.groupReady('live')
    assert.deepEqual(system.lacksOf('live'), { late: [], notStarted: [{ names: ['radio', 'recorder'], reason }] })
    await system.groupReady('probe')
    assert.ok(system.process('listener').pid)
    assert.equal(system.process('radio').pid, undefined)
  }
  await assert.rejects(System.start(options), (error) => {
    assert.ok(error instanceof NotStartedError)
    assert.equal(error.message, `radio is not started: ${reason}`)
    return true
  })
})

test('what is missing is known while another process of the group is late', async (t) => {
  const { root, options } = await given(t, {
    ...live('radio'),
    ...live('recorder', { programs: ['no-such-encoder'], opsPort: 9102 }),
    'services/radio/late': '',
  })
  await using system = await System.launch(options)
  const ready = system.groupReady('live')
  await says(system, /^radio lacks antenna/, t)
  assert.deepEqual(
    system.lacksOf('live').notStarted.map(({ names }) => names),
    [['recorder']],
  )
  root.remove('services/radio/late')
  await ready
})

test('a service that ends again and again holds up nobody, and is ready when it stays', async (t) => {
  const { root, options } = await given(t, { ...whoami, ...live('radio'), 'services/radio/broken': '' })
  await using system = await System.launch(options)
  const ready = system.groupReady('live')
  await system.groupReady('probe')
  await says(system, /^radio does not answer; it ended [2-9] times, the last time with exit code 1$/, t)
  root.remove('services/radio/broken')
  await ready
})

test('a service whose settings do not fit is named at once', async (t) => {
  const { options } = await given(t, { ...whoami, ...live('radio'), 'services/radio/misfit': '' })
  {
    await using system = await System.launch(options)
    const reason = 'its settings do not fit; the lines of "radio" say which.'
    await system.groupReady('live')
    assert.deepEqual(system.lacksOf('live'), { late: [], notStarted: [{ names: ['radio'], reason }] })
    await system.groupReady('probe')
  }
  await assert.rejects(System.start(options), /^NotStartedError: radio is not started: its settings do not fit/)
})

test('a database that does not start holds up those that call it alone, and their job', async (t) => {
  const calls = { MYSQL_CONNECTION: 'database' }
  const { root, options } = await given(t, {
    ...whoami,
    ...live('radio', { calls }, calls),
    ...live('recorder', { calls, opsPort: 9102 }, calls),
    ...firstJob('job', `import { writeFileSync } from 'node:fs'; writeFileSync('ran', '')`, calls),
  })
  await using system = await System.launch(options)
  await system.groupReady('probe')
  await system.groupReady('live')
  const [missing, ...others] = system.lacksOf('live').notStarted
  assert.deepEqual(missing?.names, ['radio', 'recorder'])
  assert.match(missing.reason, /\/bin\/false/)
  assert.deepEqual(others, [])
  assert.equal(existsSync(join(root.path, 'tools/job/ran')), false)
})

const queue = { NSQ_LOOKUP_ADDRESS: '127.0.0.1:1' }
const calls = { NSQ_LOOKUP_ADDRESS: 'queue' }
const WAITING = `import { existsSync, writeFileSync } from 'node:fs'
writeFileSync('begun', '')
setInterval(() => existsSync('go') && process.exit(0), 20)`

test('a job that runs first ends before those start that call the same, and holds up nobody else', async (t) => {
  const { root, options } = await given(t, {
    ...whoami,
    ...live('radio', { calls }, calls),
    ...firstJob('job', WAITING, calls),
  })
  await using system = await System.launch({ ...options, queue })
  const ready = system.groupReady('live')
  await system.groupReady('probe')
  assert.equal(system.process('radio').pid, undefined)
  await says(system, /^radio waits to be started$/, t)
  root.write('tools/job/go')
  await ready
})

test('when a job that runs first fails, those are not started that call the same', async (t) => {
  const { options } = await given(t, {
    ...whoami,
    ...live('radio', { calls }, calls),
    ...firstJob('job', 'process.exit(3)', calls),
  })
  await using system = await System.launch({ ...options, queue })
  await system.groupReady('probe')
  const reason = 'job failed (exit code 3); the lines of "job" say why.'
  await system.groupReady('live')
  assert.deepEqual(system.lacksOf('live'), { late: [], notStarted: [{ names: ['radio'], reason }] })
})

test('pictures are laid down before those start that call them, and hold up nobody else', async (t) => {
  const { options } = await given(t, { ...whoami, ...live('album', { calls: { S3: 'pictures' } }, { S3: '' }) })
  const laid = Promise.withResolvers<void>()
  await using system = await System.launch({
    ...options,
    prepare: async ({ knownPeople }) => {
      assert.ok(existsSync(knownPeople))
      await laid.promise
    },
  })
  await system.groupReady('probe')
  assert.equal(system.process('album').pid, undefined)
  laid.resolve()
  await system.groupReady('live')
})

test('stopping waits neither for who is late nor for what is on its way, and leaves nothing behind', async (t) => {
  const { root, directory, options } = await given(t, {
    ...whoami,
    ...live('radio'),
    ...live('recorder', { calls, opsPort: 9102 }, calls),
    ...firstJob('job', WAITING, calls),
    'services/radio/late': '',
  })
  const stop = new AbortController()
  const system = await System.launch({ ...options, queue, signal: stop.signal })
  const ready = system.groupReady('live')
  await system.groupReady('probe')
  await says(system, /^radio lacks antenna/, t)
  await eventually(() => existsSync(join(root.path, 'tools/job/begun')), t)
  stop.abort(new Error('Ctrl-C'))
  await assert.rejects(ready, /Ctrl-C/)
  await system[Symbol.asyncDispose]()
  assert.deepEqual(readdirSync(join(directory, 'processes')), [])
  assert.deepEqual(
    system.endings.map(({ name, how }) => [name, how]),
    [
      ['radio', 'exit code 0'],
      ['whoami', 'exit code 0'],
    ],
  )
})
