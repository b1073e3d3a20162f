import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { docker, ownServices } from '../../src/engine.ts'
import { LIMITS, shortName, sizes } from '../../src/sizes.ts'
import { type Contents, contents } from './support/contents.ts'

interface Manifest {
  version: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

const root = new URL('../../../', import.meta.url)
const manifest = (folder: string) =>
  JSON.parse(readFileSync(new URL(`${folder}/package.json`, root), 'utf8')) as Manifest
/** Variables of what runs the programs: Node, and the C library. */
const RUNTIME = /^(MALLOC_|NODE_)/
const GRACE_SECONDS = 30
const CONTAINED = [
  '--read-only',
  '--tmpfs=/tmp',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--user=10001',
  '--network=none',
]

const services = await ownServices()
const measured = await sizes()

test('every service, the migrator, the broker and the samples have an image', () => {
  assert.deepEqual([...measured.keys()].sort(), Object.keys(LIMITS).sort())
})

/** One service for each image: some run several times. */
const ofImages = new Map([...services].reverse().map(([service, one]) => [one.image, { service, ...one }]))

for (const { service, image, build, environment = {}, restart } of ofImages.values()) {
  const name = shortName(image)
  const folder = dirname(build?.dockerfile ?? '')

  test(`${name}: the image is small`, () => {
    const size = measured.get(name) ?? 0
    assert.ok(size > 1 && size <= (LIMITS[name] ?? 0), `${size.toFixed(1)} MB above its base, ${LIMITS[name]} allowed`)
  })

  test(`${name}: the image says what it is`, async () => {
    const config = JSON.parse(await docker('image', 'inspect', '--format', '{{json .Config}}', image)) as {
      Labels: Record<string, string>
      User: string
      Cmd: string[]
    }
    const { version } = manifest('.')
    assert.equal(config.Labels['org.opencontainers.image.title'], `livepods-${name}`)
    assert.equal(config.Labels['org.opencontainers.image.version'], version)
    assert.equal(image.split(':').at(-1), version, 'docker/.env has the version of package.json')
    assert.equal(config.User, '10001:10001')
    assert.deepEqual(config.Cmd, ['node', 'src/main.ts'])
  })

  test(`${name}: the image holds what its bill of materials names, for this platform, and nothing to write on`, async () => {
    const { packages, bill, foreign, writable } = JSON.parse(
      await docker('run', '--rm', image, 'node', '-e', contents),
    ) as Contents
    assert.deepEqual(packages, bill)
    assert.deepEqual(foreign, [])
    assert.deepEqual(writable, [])
    const { dependencies = {}, devDependencies = {} } = manifest(folder)
    const forDevelopment = Object.keys({ ...manifest('.').devDependencies, ...devDependencies })
    const names = new Set(packages.map((each) => each.replace(/@[^@]*$/, '')))
    assert.deepEqual(
      forDevelopment.filter((each) => names.has(each)),
      [],
    )
    for (const each of Object.keys(dependencies)) assert.ok(names.has(each), `${each} is missing`)
  })

  test(`${name}: its user reads what Node has compiled while the image was built`, async () => {
    const files = Number(await docker('run', '--rm', ...CONTAINED, image, 'node', '-e', COMPILED))
    assert.ok(files > 20, `${files} files`)
  })

  test(`${name}: compose.yaml sets only variables that the program knows`, async () => {
    const known = await docker('run', '--rm', image, 'node', 'src/main.ts', '--help')
    const names = known.split('\n').flatMap((line) => {
      const [, variable = '', file] = /^([A-Z0-9_]+)(\[_FILE\])?/.exec(line) ?? []
      return file ? [variable, `${variable}_FILE`] : [variable]
    })
    assert.deepEqual(
      Object.keys(environment).filter((each) => !names.includes(each) && !RUNTIME.test(each)),
      [],
    )
  })

  test(`${name}: it runs on a read-only root, without capabilities, as a user of its own, and ends on SIGTERM`, async () => {
    const secrets = { MYSQL_USERPASSWORD: 'nobody:nothing', PEER_SECRET: 'nothing-that-is-secret' }
    const given = Object.entries({ ...environment, ...secrets })
      .filter(([variable]) => !(variable.replace(/_FILE$/, '') in secrets && variable.endsWith('_FILE')))
      .map(([variable, value]) => `--env=${variable}=${value}`)
    const folders = ['/unknown_people', '/known_people', '/gallery', '/var/local/container'].map(
      (path) => `--tmpfs=${path}:mode=1777`,
    )
    const container = await docker('run', '--detach', ...CONTAINED, ...folders, ...given, image)
    try {
      const isJob = restart === 'on-failure'
      await eventually(async () => {
        const log = await docker('logs', container)
        assert.match(log, isJob ? /dependency not reachable/ : /"msg":"starting"/, `${service} says: ${log}`)
        if (!isJob) assert.equal(await docker('exec', container, 'node', '-e', ALIVE), 'live')
      })
      // Who is killed when the time is over has 137.
      await docker('stop', '--time', `${GRACE_SECONDS}`, container)
      const state = await docker('inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', container)
      assert.equal(state, isJob ? '143 false' : '0 false', await docker('logs', '--tail=20', container))
    } finally {
      await docker('rm', '--force', '--volumes', container)
    }
  })
}

const ALIVE =
  "fetch('http://127.0.0.1:9090/livez').then((response) => console.log(response.ok ? 'live' : response.status))"
/** Prints how many files there are for this Node, processor and user: Node would make a folder for others if it could. */
const COMPILED = `
  const { readFileSync, readdirSync } = require('node:fs')
  const folder = require('node:module').getCompileCacheDir()
  console.log(folder ? readdirSync(folder).filter((file) => readFileSync(folder + '/' + file).length > 0).length : 0)`
