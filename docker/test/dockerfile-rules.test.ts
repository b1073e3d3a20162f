import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { declarationsIn } from '@livepods/system'
import { faultsOf } from '../src/dockerfile-rules.ts'
import { NODE_IMAGE } from '../src/node-image.ts'

const root = new URL('../../', import.meta.url)
const read = (folder: string) => readFileSync(new URL(`${folder}/Dockerfile`, root), 'utf8')
const built = (await declarationsIn()).filter(({ imageMegabytes }) => imageMegabytes !== undefined)

for (const { folder, name, image = name, ...one } of built)
  test(`the image of ${folder} keeps all rules, and is built from that folder`, () => {
    assert.deepEqual(faultsOf(read(folder), one.kind === 'service' ? one.programs : []), [])
    assert.match(read(folder), new RegExp(`^RUN node docker/src/bundle.ts ${folder} /livepods`, 'm'))
    assert.match(read(folder), new RegExp(`^WORKDIR /livepods/${folder}$`, 'm'))
    assert.match(read(folder), new RegExp(`title="livepods-${image}"`))
    assert.ok(existsSync(new URL(`${folder}/src/main.ts`, root)))
  })

/** For each rule a change of a good Dockerfile that breaks it. */
const BAD: Record<string, [was: string | RegExp, is: string]> = {
  'no "# syntax" line': [/^/, '# syntax=docker/dockerfile:1\n'],
  'no RUN --mount': ['RUN node', 'RUN --mount=type=cache,target=/root node'],
  'no ADD': ['COPY . .', 'ADD https://example.com/x.tar.gz .'],
  'the base is the Node of the catalog': [NODE_IMAGE, 'node:latest'],
  'the last stage copies only': ['COPY --from=build /livepods /livepods', 'COPY . /livepods'],
  'the last stage runs nothing': ['USER ', 'RUN apt-get install --yes curl\nUSER '],
  'the user is a number': ['10001:10001', 'node'],
  'CMD is node itself': ['CMD ["node", "src/main.ts"]', 'CMD pnpm start'],
  'NODE_ENV, NODE_COMPILE_CACHE and LIVEPODS_VERSION': ['NODE_COMPILE_CACHE=/livepods/compiled', ''],
  'all labels are there': ['image.licenses', 'image.license'],
  'what listens has a health check': [/^HEALTHCHECK.*$/m, ''],
}

for (const [rule, [was, is]] of Object.entries(BAD))
  test(`a Dockerfile that breaks the rule is told: ${rule}`, () => {
    const faults = faultsOf(read('services/receiver').replace(was, is))
    assert.equal(faults.length, 1)
    assert.ok(faults[0]?.startsWith(rule), faults[0])
  })

test('a Dockerfile is told that does not install a program of its declaration', () => {
  const [fault] = faultsOf(read('services/receiver'), ['ffmpeg'])
  assert.match(fault ?? '', /installs the programs of its declaration/)
})
