// Makes the passwords and tokens of the suite inside the cluster, so that they are in no file. What is there already is kept; the Secret of
// tokens gets those that it lacks, which services of a newer version need.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const { ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount', API = 'https://kubernetes.default.svc' } =
  process.env
const namespace = readFileSync(`${ACCOUNT}/namespace`, 'utf8')
const token = readFileSync(`${ACCOUNT}/token`, 'utf8')

/** Who has a token, and its role. */
const ROLES = {
  admin: 'manage',
  frontend: 'manage',
  'image-processor': 'submit',
  colorbar: 'submit',
  relay: 'submit',
  sender: 'submit',
}

const word = () => randomBytes(24).toString('hex')
const password = word()
const compute = word()
const secrets = {
  mysql: { 'root-password': word(), password, userpassword: `livepods:${password}` },
  pictures: { 'secret-access-key': word() },
  access: withTokens({}),
  'media-server': { 'peer-secret': word() },
  // Of its own: programs of others run beside boinc, and may read what it reads.
  compute: { admin: compute, tokens: `${compute} manage admin\n` },
}

const wanted = process.env.MAKE?.split(' ') ?? Object.keys(secrets)
for (const [name, stringData] of Object.entries(secrets).filter(([name]) => wanted.includes(name))) {
  const metadata = { name, labels: { 'app.kubernetes.io/part-of': 'livepods', 'livepods/keep': 'true' } }
  const made = await ask('POST', '', { apiVersion: 'v1', kind: 'Secret', metadata, stringData })
  console.log(`${name}: ${made ? 'made' : name === 'access' ? await complete() : 'kept'}`)
}

/** A Secret of tokens with those that it lacks, and the file that every listener reads, see packages/access. */
function withTokens({ tokens = '', ...there }) {
  const lacking = Object.keys(ROLES).filter((name) => there[name] === undefined)
  const added = Object.fromEntries(lacking.map((name) => [name, word()]))
  const lines = lacking.map((name) => `${added[name]} ${ROLES[name]} ${name}\n`)
  return { ...there, ...added, tokens: tokens + lines.join('') }
}

/** Adds the tokens that the Secret lacks; all others stay. */
async function complete() {
  const { data, metadata } = await ask('GET', '/access')
  const there = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  )
  const lacking = Object.keys(ROLES).filter((name) => there[name] === undefined)
  if (lacking.length === 0) return 'kept'
  // Refused when somebody has changed it meanwhile.
  const patch = { metadata: { resourceVersion: metadata.resourceVersion }, stringData: withTokens(there) }
  return (await ask('PATCH', '/access', patch)) ? `added ${lacking.join(', ')}` : await complete()
}

/** Undefined: 409, it is there, or is another one now. The network lets a pod out only a second or two after its start, so the first tries may fail. */
async function ask(method, path, body, tries = 20) {
  try {
    const response = await fetch(`${API}/api/v1/namespaces/${namespace}/secrets${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5000),
    })
    if (response.status === 409) return undefined
    if (response.ok) return await response.json()
    throw new Error(`${response.status} ${await response.text()}`)
  } catch (error) {
    if (tries === 0) throw error
    await sleep(500)
    return ask(method, path, body, tries - 1)
  }
}
