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
      expect(addresses.length >= 2, `there are ${addresses.length} replicas`)
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
