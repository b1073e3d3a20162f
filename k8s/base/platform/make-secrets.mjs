// Makes the passwords and tokens of the suite inside the cluster, so that they are in no file. What is there already is kept.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const { ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount', API = 'https://kubernetes.default.svc' } =
  process.env
const namespace = readFileSync(`${ACCOUNT}/namespace`, 'utf8')
const token = readFileSync(`${ACCOUNT}/token`, 'utf8')

const word = () => randomBytes(24).toString('hex')
const password = word()
const access = {
  admin: word(),
  frontend: word(),
  'image-processor': word(),
  colorbar: word(),
  relay: word(),
  sender: word(),
}
const secrets = {
  mysql: { 'root-password': word(), password, userpassword: `livepods:${password}` },
  pictures: { 'secret-access-key': word() },
  access: {
    ...access,
    // The file that every listener reads, see packages/access.
    tokens: [
      `${access.admin} manage admin\n`,
      `${access.frontend} manage frontend\n`,
      `${access['image-processor']} submit image-processor\n`,
      `${access.colorbar} submit colorbar\n`,
      `${access.relay} submit relay\n`,
      `${access.sender} submit sender\n`,
    ].join(''),
  },
}

const wanted = process.env.MAKE?.split(' ') ?? Object.keys(secrets)
for (const [name, stringData] of Object.entries(secrets).filter(([name]) => wanted.includes(name))) {
  const metadata = { name, labels: { 'app.kubernetes.io/part-of': 'livepods', 'livepods/keep': 'true' } }
  console.log(`${name}: ${await create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })}`)
}

/** The network lets a pod out only a second or two after its start, so the first tries may fail. */
async function create(secret, tries = 20) {
  try {
    const response = await fetch(`${API}/api/v1/namespaces/${namespace}/secrets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(secret),
      signal: AbortSignal.timeout(5000),
    })
    if (response.status === 409) return 'kept'
    if (response.ok) return 'made'
    throw new Error(`${response.status} ${await response.text()}`)
  } catch (error) {
    if (tries === 0) throw error
    await sleep(500)
    return create(secret, tries - 1)
  }
}
