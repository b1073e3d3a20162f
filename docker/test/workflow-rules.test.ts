import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { workflowFaults } from '../src/workflow-rules.ts'

const root = new URL('../../', import.meta.url)
const workflows = new URL('.github/workflows/', root)
const read = (name: string) => readFileSync(new URL(name, workflows), 'utf8')

for (const name of readdirSync(workflows))
  test(`the workflow ${name} keeps all rules, and runs scripts that there are`, () => {
    assert.deepEqual(workflowFaults(read(name)), [])
    const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: object }
    for (const [, file] of read(name).matchAll(/^ +run: ([\w/]+\.sh)/gm))
      assert.ok(existsSync(new URL(file ?? '', root)))
    for (const [, script] of read(name).matchAll(/npx -y pnpm@12 (?!install)(\w+)/g))
      assert.ok((script ?? '') in scripts)
  })

test('every image that compose builds is published', () => {
  const { jobs } = parse(read('images.yml')) as {
    jobs: { image: { strategy: { matrix: { include: { name: string; folder: string }[] } } } }
  }
  const published = jobs.image.strategy.matrix.include.map(
    ({ name, folder }) => `livepods-${name} ${folder}/Dockerfile`,
  )
  const compose = readFileSync(new URL('docker/compose.yaml', root), 'utf8')
  const { services } = parse(compose, { merge: true, maxAliasCount: -1 }) as {
    services: Record<string, { image: string; build?: { dockerfile: string } }>
  }
  const built = Object.values(services).flatMap(({ image, build }) =>
    build ? [`${/livepods-[a-z-]+/.exec(image)?.[0]} ${build.dockerfile}`] : [],
  )
  // The queue of places without a registry.
  const wanted = new Set([...built, 'livepods-nsq packages/nsq/Dockerfile'])
  assert.deepEqual(published.toSorted(), [...wanted].toSorted())
})

/** For each rule a change of a good workflow that breaks it. */
const BAD: Record<string, [was: string | RegExp, is: string]> = {
  'actions are named by commit': [/checkout@[\da-f]{40} # v5\.0\.0/, 'checkout@v5'],
  'a workflow may only read': ['contents: read', 'contents: write'],
  'a workflow that others may start': ['  pull_request:', '  pull_request_target:'],
  'every job has its time': [/^ +timeout-minutes: .*$/m, ''],
  'a checkout leaves no token behind': [', persist-credentials: false', ''],
  'scripts get what comes from outside': ['npx -y pnpm@12 install', `echo \${{ github.head_ref }}`],
}

for (const [rule, [was, is]] of Object.entries(BAD))
  test(`a workflow that breaks the rule is told: ${rule}`, () => {
    const faults = workflowFaults(read('check.yml').replace(was, is))
    assert.equal(faults.length, 1)
    assert.ok(faults[0]?.startsWith(rule), faults[0])
  })
