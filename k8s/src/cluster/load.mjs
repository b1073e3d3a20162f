// Runs in the cluster, as a client that obeys: submits photos, looks at the page and sends the messages of a stream until /tmp/stop is
// there, then waits until every photo is final, and prints what it met as JSON, with the history that the chaos audit reads. A 503 with
// Retry-After is repeated with the same key, or number; everything else is a failure.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const [receiver, frontend, relay, token, name] = process.argv.slice(2)
const authorization = `Bearer ${token}`
const met = {
  ...{ accepted: 0, pages: 0, messages: 0, toldToWait: 0, failures: {}, longestWaitMs: 0, unfinished: 0 },
  operations: [],
}
const photos = []
const stopped = () => existsSync('/tmp/stop')
const fail = (what) => (met.failures[what] = (met.failures[what] ?? 0) + 1)

async function ask(url, options) {
  try {
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(20_000) })
    const text = await response.text()
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text }
  } catch (error) {
    return { status: error.cause?.code ?? error.name, text: '' }
  }
}

async function submit(path) {
  const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': path }
  const begun = performance.now()
  const note = (type, more) =>
    met.operations.push({
      t: Date.now(),
      process: 0,
      type,
      f: 'post-key',
      value: { paths: [path], key: path, ...more },
    })
  for (;;) {
    note('invoke')
    const { status, retryAfter, text } = await ask(`${receiver}/v1/images`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ path }),
    })
    if (status === 202 || status === 200) {
      met.accepted++
      met.longestWaitMs = Math.max(met.longestWaitMs, Math.round(performance.now() - begun))
      const { id, href } = JSON.parse(text)
      note('ok', { ids: [id] })
      photos.push(href)
      return
    }
    // Whether a failure left something behind nobody knows.
    note('info', { error: `${status}` })
    if (status !== 503 || !retryAfter) return fail(`POST ${status}`)
    met.toldToWait++
    await sleep(Number(retryAfter) * 1000)
  }
}

const isFinal = ({ status, outcome }) =>
  status === 'PROCESSED' || status === 'FAILED' || (status === 'PENDING' && outcome === 'UNIDENTIFIED')

async function clients() {
  for (let photo = 0; !stopped(); photo++) {
    await submit(`${name}-${photo}.jpg`)
    await sleep(100)
  }
}

async function reader() {
  for (; !stopped(); await sleep(200)) {
    const { status, retryAfter } = await ask(`${frontend}/`, { headers: { authorization } })
    if (status === 200) met.pages++
    else if (status === 503 && retryAfter) met.toldToWait++
    else fail(`GET / ${status}`)
  }
}

async function sender() {
  const headers = { authorization, 'content-type': 'application/json' }
  for (; !stopped(); await sleep(50)) {
    const seq = met.messages + 1
    const body = JSON.stringify({ stream: name, seq, body: `${name} says ${seq}` })
    const { status, retryAfter } = await ask(`${relay}/v1/messages`, { method: 'POST', headers, body })
    if (status === 202) met.messages++
    else if (status === 503 && retryAfter) {
      met.toldToWait++
      await sleep(Number(retryAfter) * 1000)
    } else fail(`POST message ${status}`)
  }
}

await Promise.all([clients(), reader(), sender()])
const deadline = performance.now() + 180_000
for (const href of photos) {
  while (performance.now() < deadline) {
    const { status, text } = await ask(new URL(href, receiver), { headers: { authorization } })
    if (status === 200 && isFinal(JSON.parse(text))) break
    await sleep(200)
  }
  if (performance.now() >= deadline) met.unfinished++
}
console.log(JSON.stringify(met))
