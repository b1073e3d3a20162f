import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { declarationsIn } from '@livepods/system'
import { Root, service } from '@livepods/system/throw-away-root'
import { Groups } from '../src/groups.ts'
import { startWith } from './support/development.ts'

// Nothing is installed, and no database starts.
const BARE = { PATH: '', MYSQLD: '/bin/false' }

/** A page that `pnpm dev` shows. */
function page(name: string, own: object = {}, variables: Record<string, unknown> = {}) {
  const shown = { title: name, note: 'a page' }
  const listeners = [{ name, variable: 'PORT', protocol: 'http', reachedBy: 'everybody', shown }]
  return service(name, { listeners, ...own }, { PORT: 8000, ...variables })
}

const whoami = page('whoami')
const live = (name: string, own: object = {}, variables: Record<string, unknown> = {}) =>
  page(name, { group: 'live', opsPort: 9101, ...own }, variables)
const CALLS = { MYSQL_CONNECTION: 'database' }

/** `pnpm dev` in a root with these files. */
function start(t: TestContext, files: Record<string, string>, ...args: string[]) {
  const root = new Root(files)
  const directory = mkdtempSync(join(tmpdir(), 'livepods-dev-groups-'))
  const run = startWith(BARE, directory, '--root', root.path, ...args)
  t.after(async () => {
    run.child.kill('SIGKILL')
    await run.exited
    root[Symbol.dispose]()
    rmSync(directory, { recursive: true })
  })
  return { root, directory, run }
}

test('--only starts a group alone, and no database, and makes no samples', async (t) => {
  const { run, directory } = start(t, { ...whoami, ...live('radio', { calls: CALLS }, CALLS) }, '--only', 'probe')
  await run.says(/probe: ready after/)
  const [row] = await run.says(/ whoami +http:\S+/)
  assert.equal(await (await fetch(row.match(/http:\S+/)?.[0] ?? '')).text(), 'hello')
  await run.says(/Stop with Ctrl-C/)
  run.child.kill('SIGINT')
  assert.equal(await run.exited, 0)
  assert.doesNotMatch(run.lines.join('\n'), /database|live:|radio|sample|photos/)
  for (const name of ['database', 'known_people', 'unknown_people']) assert.ok(!existsSync(join(directory, name)), name)
})

test('a group that is not ready is told in a sentence, and its page when it is; the other page is there before', async (t) => {
  const { run, root } = start(t, { ...whoami, ...live('radio'), 'services/radio/late': '' })
  await run.says(/probe: ready after/)
  await run.says(/ whoami +http:\S+/)
  await run.says(/livepods live is starting\.$/)
  assert.doesNotMatch(run.lines.join('\n'), /live: ready|radio +http/)
  root.remove('services/radio/late')
  await run.says(/live: ready after/)
  await run.says(/ radio +http:\S+/)
})

test('who stops it while a group is late hears no complaint, and nothing is left', async (t) => {
  const { run, directory } = start(t, { ...whoami, ...live('radio'), 'services/radio/late': '' })
  await run.says(/probe: ready after/)
  run.child.kill('SIGINT')
  assert.equal(await run.exited, 0)
  assert.match(run.lines.at(-1) ?? '', /stopped$/)
  assert.deepEqual(readdirSync(join(directory, 'processes')), [])
})

test('a service whose program is missing is told in a sentence, and the rest runs', async (t) => {
  const { run, root } = start(t, {
    ...whoami,
    ...live('radio', { programs: ['no-such-encoder'] }),
    ...live('station', { opsPort: 9102 }),
    'services/station/late': '',
  })
  await run.says(/ whoami +http:\S+/)
  const said =
    'live: radio is not started: no-such-encoder is missing; install it (Debian, Ubuntu: "sudo apt-get install no-such-encoder").'
  await run.says(new RegExp(`livepods ${said.replaceAll(/[().]/g, '\\$&')}$`))
  root.remove('services/station/late')
  await run.says(/ station +http:\S+/)
  assert.doesNotMatch(run.lines.join('\n'), /radio +http/)
})

test('a service that ends again and again does not stop the others', async (t) => {
  const { run, root } = start(t, { ...whoami, ...live('radio'), 'services/radio/broken': '' })
  await run.says(/ whoami +http:\S+/)
  await run.says(/radio ended \(exit code 1\) and starts again in 0.4 s/)
  root.remove('services/radio/broken')
  await run.says(/ radio +http:\S+/)
})

test('a database that does not start is told once of all that call it, and the other group runs', async (t) => {
  const { run, directory } = start(t, {
    ...whoami,
    ...live('radio', { calls: CALLS }, CALLS),
    ...live('station', { calls: CALLS, opsPort: 9102 }, CALLS),
  })
  await run.says(/ whoami +http:\S+/)
  await run.says(/live: radio, station are not started: \S.*\/bin\/false/)
  assert.doesNotMatch(run.lines.join('\n'), /live: ready/)
  assert.ok(existsSync(join(directory, 'database')))
})

test('where nothing can be started that is of use to a person, it ends with what is missing', async (t) => {
  const { run } = start(t, {
    ...page('page', { calls: CALLS }, CALLS),
    ...service('engine', { opsPort: 9101 }),
  })
  assert.equal(await run.exited, 1)
  assert.match(run.lines.at(-1) ?? '', /probe: page is not started: .*\/bin\/false/)
})

test('a name that does not exist is refused with those that do', async (t) => {
  const { run } = start(t, { ...whoami, ...live('radio') }, '--only', 'probe,faces')
  assert.equal(await run.exited, 64)
  assert.match(run.lines.join('\n'), /--only faces: there is no such name\. It takes live, probe\.$/)
})

test('a group that takes long is told of once, with what it lacks, though no other one is ready', async (t) => {
  using root = new Root(whoami)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const ready = Promise.withResolvers<void>()
  let late = ['whoami does not answer']
  const said: string[] = []
  const groups = new Groups({
    system: { groupReady: () => ready.promise, lacksOf: () => ({ late, notStarted: [] }) },
    declarations: await declarationsIn(root.path),
    announce: (sentence) => said.push(sentence),
  })
  const followed = groups.ready('probe')
  t.mock.timers.tick(29_999)
  assert.deepEqual(said, [])
  assert.deepEqual(groups.sentences(), ['probe is starting.'])
  t.mock.timers.tick(600_000)
  const sentence = 'probe is not ready yet: whoami does not answer; their lines say more (all of them with --verbose).'
  assert.deepEqual(said, [sentence])
  assert.deepEqual(groups.sentences(), [sentence])
  late = []
  ready.resolve()
  await followed
  assert.deepEqual(groups.sentences(), [])
})
