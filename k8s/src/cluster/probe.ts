import { BlockList } from 'node:net'
import type { Checks } from './checks.ts'
import type { ClientPod } from './client-pod.ts'
import { type Deployed, expect } from './deployed.ts'
import { kubectl, list } from './kubectl.ts'

interface Parts {
  checks: Checks
  deployed: Deployed
  client: ClientPod
}

interface Node {
  metadata: { name: string }
  spec: { podCIDR: string }
  status: { addresses: { type: string; address: string }[] }
}

interface Answer {
  server: { node: string }
  client: { address: string }
}

/** Asks whoami at an address, and prints what it says, and the address of this pod on the way there. */
const ASK = `
import { get } from 'node:http'
get(process.argv[2], { agent: false }, async (response) => {
  const { localAddress } = response.socket
  let text = ''
  for await (const part of response) text += part
  console.log(JSON.stringify({ own: localAddress, answer: JSON.parse(text) }))
})
`

/** whoami is on every node, and sees who calls. */
export async function probe({ checks, deployed, client }: Parts): Promise<void> {
  const [nodes, pods] = await Promise.all([
    list<Node>('nodes', 'livepods'),
    deployed.pods('app.kubernetes.io/name=whoami'),
  ])
  await checks.run('one whoami on every node', async () => {
    const names = nodes.map(({ metadata }) => metadata.name).sort()
    const there = pods.map(({ spec }) => spec.nodeName ?? '').sort()
    expect(names.join() === there.join(), `nodes ${names.join()}, pods on ${there.join()}`)
    return `${pods.length} nodes`
  })
  await checks.run('by the NodePort the node answers itself, and sees the address of the client', async () => {
    const port = await kubectl([
      '-n',
      'livepods',
      'get',
      'service',
      'whoami',
      '-o',
      'jsonpath={.spec.ports[0].nodePort}',
    ])
    for (const { metadata, spec, status } of nodes) {
      const address = status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? ''
      const said = await client.run(ASK, `http://${address}:${port}/v1/whoami`)
      const { own, answer } = JSON.parse(said) as { own: string; answer: Answer }
      expect(answer.server.node === metadata.name, `${metadata.name}: ${answer.server.node} answers`)
      // What leaves the network of pods may have any address of its node, but none of the node that answers.
      const { address: seen } = answer.client
      const [network = '', bits] = spec.podCIDR.split('/')
      const ofNode = new BlockList()
      ofNode.addAddress(address)
      ofNode.addSubnet(network, Number(bits))
      expect(seen === own || !ofNode.check(seen), `${metadata.name}: ${seen} is seen, not ${own} or its node`)
    }
    return undefined
  })
}
