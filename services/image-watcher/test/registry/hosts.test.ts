import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Hosts } from '../../src/registry/hosts.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hosts-'))
})
after(async () => await rm(folder, { recursive: true }))

const read = async (content: unknown) => {
  const file = join(folder, 'hosts.json')
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return await Hosts.read(file)
}

test('a registry is where its name, a mirror or plain HTTP says', async () => {
  await writeFile(join(folder, 'ca.pem'), 'PEM')
  const hosts = await read({
    'docker.io': { mirror: 'http://mirror.example:5000', allow: ['storage.example:443'] },
    'registry.example:5000': { plainHttp: true },
    'own.example': { ca: join(folder, 'ca.pem') },
  })
  const of = (host: string) => {
    const { url, ...rest } = hosts.endpointOf(host)
    return { url: url.href, ...rest }
  }
  assert.deepEqual(of('docker.io'), { url: 'http://mirror.example:5000/', allow: ['storage.example:443'] })
  assert.deepEqual(of('registry.example:5000'), { url: 'http://registry.example:5000/', allow: [] })
  assert.deepEqual(of('own.example'), { url: 'https://own.example/', allow: [], ca: 'PEM' })
  assert.deepEqual(of('ghcr.io'), { url: 'https://ghcr.io/', allow: [] })
})

describe('a file that does not fit is refused with what is wrong, and what it should be:', () => {
  const ROWS: [content: unknown, message: RegExp][] = [
    ['{', /is no JSON/],
    [[], /no object with a registry for each key/],
    [{ 'a.example': 7 }, /"a\.example" is no object/],
    [
      { 'a.example': { plainhttp: true } },
      /"a\.example" has the key "plainhttp"\. Take it away; there are mirror, plainHttp, ca, allow/,
    ],
    [{ 'a.example': { constructor: 1 } }, /has the key "constructor"/],
    [{ 'a.example': { plainHttp: 'yes' } }, /"plainHttp" of "a\.example" is not true or false/],
    [{ 'a.example': { mirror: 'https://m.example/path' } }, /"mirror" of "a\.example" is not a URL without a path/],
    [{ 'a.example': { allow: 'storage.example' } }, /"allow" of "a\.example" is not a list of hosts/],
  ]
  for (const [content, message] of ROWS)
    test(JSON.stringify(content), async () => {
      await assert.rejects(read(content), { code: 'BAD_HOSTS_FILE', message })
    })
})
