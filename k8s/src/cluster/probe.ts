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
  status: { addresses: { type: string; address: string }[] }
}

interface Answer {
  server: { node: string }
  client: { address: string }
}

/** Asks whoami at an address, and prints what it says, and the address of this client on the way there. */
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
    // What a pod, or a node itself, sends to a node is traffic inside of the cluster: any whoami may answer.
    let asked = 0
    for (const { metadata, status } of nodes) {
      const address = status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? ''
      const { said, node } = await client.runOnNode(ASK, `http://${address}:${port}/v1/whoami`)
      if (node === address) continue
      const { own, answer } = JSON.parse(said) as { own: string; answer: Answer }
      expect(answer.server.node === metadata.name, `${metadata.name}: ${answer.server.node} answers`)
      expect(answer.client.address === own, `${metadata.name}: ${answer.client.address} is seen, not ${own}`)
      asked++
    }
    return `${asked} of ${nodes.length} nodes asked from another one`
  })
}
