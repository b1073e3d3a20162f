import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@livepods/testing'
import type { Checks } from './checks.ts'
import type { ClientPod } from './client-pod.ts'
import { colourBarsPlay } from './colour-bars.ts'
import { type Deployed, expect } from './deployed.ts'
import { kubectl } from './kubectl.ts'

interface Parts {
  checks: Checks
  deployed: Deployed
  client: ClientPod
  token: string
}

const STREAM = 'live/by-node-port'
/** Longer than a liveness probe takes to fail. */
const BUSY_MS = 30_000

/** Any replica of media-server takes any stream, and sends it in every format. */
export async function replicas({ checks, deployed, client, token }: Parts): Promise<void> {
  await checks.run('published at a NodePort, a stream plays at each replica of media-server', async () => {
    const address = await client.nodeAddress()
    const fields = '{.spec.ports[0].nodePort}'
    const port = await kubectl(['-n', 'livepods', 'get', 'service', 'rtmp', '-o', `jsonpath=${fields}`])
    const url = `rtmp://${address}:${port}/${STREAM}?token=${token}`
    await client.publish({ image: await deployed.image('colorbar'), url })
    try {
      const addresses = await addressesOf(deployed)
      expect(addresses.length > 0, 'there is no replica')
      const played = []
      for (const address of addresses)
        played.push(await colourBarsPlay(client, token, `http://${address}:8080/${STREAM}`))
      return `${addresses.length} replicas: ${played[0]}`
    } finally {
      await client.endPublishing()
    }
  })
  await checks.run('each replica of media-server says the same of what is on air', async () => {
    const list = async (address: string) => {
      const said = JSON.parse(await client.run(ASK, `http://${address}:8080/v1/streams`, token)) as Listing
      return said.streams.map(({ name, publisher }) => `${name} of ${publisher.token}`).join()
    }
    return await eventually(async () => {
      const [first = '', ...others] = await Promise.all((await addressesOf(deployed)).map(list))
      expect(first !== '' && others.every((other) => other === first), `${first}, but ${others.join()}`)
      return first
    })
  })
}

const VIEWERS = 50
const SERVICE = 'http://media-server.livepods:8080/live/live'

/** What becomes of viewers when replicas of media-server come and go. */
export async function underViewers({ checks, deployed, client }: Omit<Parts, 'token'>): Promise<void> {
  const watched = async (work: () => Promise<void>) => {
    const { segments, missed, absent, failures, longestWaitMs } = await client.underViewers(SERVICE, VIEWERS, work)
    expect(
      segments > 0 && missed === 0 && absent === 0,
      `${missed} segments of ${segments} missed, ${absent} times 404`,
    )
    return `${segments} segments, ${failures} requests sent again, longest wait ${(longestWaitMs / 1000).toFixed(1)} s`
  }
  await checks.run(`media-server rolled under ${VIEWERS} viewers: no segment missed, none absent`, () =>
    watched(async () => {
      await kubectl(['-n', 'livepods', 'rollout', 'restart', 'deployment/media-server'])
      await kubectl(['-n', 'livepods', 'rollout', 'status', 'deployment/media-server', '--timeout=300s'])
      await deployed.ready()
    }),
  )
  await checks.run(`a replica of media-server killed under ${VIEWERS} viewers: no segment missed, none absent`, () =>
    watched(async () => {
      const [pod] = await deployed.pods('app.kubernetes.io/name=media-server')
      await kubectl(['-n', 'livepods', 'delete', 'pod', pod?.metadata.name ?? '', '--grace-period=0', '--force'])
      await deployed.ready()
    }),
  )
  await checks.run('with hundreds of viewers media-server survives its liveness probe', async () => {
    const before = await deployed.restarts()
    const { segments } = await client.underViewers(SERVICE, 10 * VIEWERS, async () => await sleep(BUSY_MS))
    const restarts = (await deployed.restarts()) - before
    expect(restarts === 0, `${restarts} restarts`)
    return `${segments} segments`
  })
}

interface Listing {
  streams: { name: string; publisher: { token?: string } }[]
}

const ASK = `
const [url, token] = process.argv.slice(2)
console.log(await (await fetch(url, { headers: { authorization: 'Bearer ' + token } })).text())
`

async function addressesOf(deployed: Deployed): Promise<string[]> {
  const pods = await deployed.pods('app.kubernetes.io/name=media-server')
  return pods.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ status }) => status.podIP ?? '')
}
