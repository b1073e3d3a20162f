import { servicesIn } from '@livepods/system'
import { portsOf, programs } from '../program.ts'
import type { Checks } from './checks.ts'
import type { ClientPod } from './client-pod.ts'
import { type Deployed, expect } from './deployed.ts'
import { kubectl, list } from './kubectl.ts'

interface Parts {
  checks: Checks
  deployed: Deployed
  client: ClientPod
}

/** Ports that everybody may call, by the names of services. */
const PUBLIC = new Map(servicesIn(programs).map((service) => [service.name, portsOf(service, 'everybody')]))

/** Prints of every address whether a connection comes about. */
const KNOCK = `
import { connect } from 'node:net'
const knock = (address) => new Promise((resolve) => {
  const [host, port] = address.split(':')
  const socket = connect({ host: host + '.livepods', port: Number(port), timeout: 3000 })
  const end = (isOpen) => { socket.destroy(); resolve([address, isOpen]) }
  socket.on('connect', () => end(true)).on('error', () => end(false)).on('timeout', () => end(false))
})
console.log(JSON.stringify(Object.fromEntries(await Promise.all(process.argv.slice(2).map(knock)))))
`

/** What strangers in the cluster cannot do. */
export async function walls({ checks, deployed, client }: Parts): Promise<void> {
  await checks.run('a foreign pod reaches the public listeners, and nothing else', async () => {
    const { open, closed } = await listeners()
    const answers = JSON.parse(await client.run(KNOCK, ...open, ...closed)) as Record<string, boolean>
    const wrong = [...open.filter((listener) => !answers[listener]), ...closed.filter((listener) => answers[listener])]
    expect(open.length > 0 && closed.length > 0 && wrong.length === 0, `wrong: ${wrong.join(', ')}`)
    return `${open.length} open, ${closed.length} closed`
  })
  await checks.run('a request without a token is refused', async () => {
    const ask = `console.log((await fetch('http://receiver.livepods:8000/v1/images')).status)`
    const status = await client.run(ask)
    expect(status === '401', `the receiver answers ${status}`)
    return undefined
  })
  await checks.run('Pod Security refuses a pod that is root', async () => {
    const image = await deployed.image('receiver')
    const said = await kubectl(['-n', 'livepods', 'run', 'root', `--image=${image}`, '--', 'id']).catch(
      ({ message }: Error) => message,
    )
    expect(said.includes('violates PodSecurity "restricted:latest"'), said)
    return undefined
  })
  await checks.run('the API server accepts all of it in a dry run', async () => {
    await kubectl(['apply', '--dry-run=server', '-k', deployed.folder])
    return undefined
  })
}

interface Workload {
  metadata: { name: string }
  spec: { replicas?: number }
}

interface Service {
  metadata: { name: string }
  spec: { clusterIP?: string; selector?: Record<string, string>; ports: { port: number }[] }
}

/**
 * Ports of all Services that lead to pods, as name:port: those whom everybody may call, and all others. A headless Service leads to the ports
 * of the pods themselves, such as ops ports and those of peers.
 */
async function listeners(): Promise<{ open: string[]; closed: string[] }> {
  const workloads = await list<Workload>('deployments,statefulsets,daemonsets', 'livepods')
  const idle = new Set(workloads.filter(({ spec }) => spec.replicas === 0).map(({ metadata }) => metadata.name))
  const all = await list<Service>('services', 'livepods')
  const led = all.filter(({ spec }) => !idle.has(nameOf(spec)))
  const listeners = led.flatMap(({ metadata, spec }) =>
    spec.ports.map(({ port }) => {
      const open = PUBLIC.get(nameOf(spec)) ?? []
      return {
        name: `${metadata.name}:${port}`,
        isOpen: spec.clusterIP === 'None' ? open.includes(port) : open.length > 0,
      }
    }),
  )
  const named = (isOpen: boolean) => listeners.filter((one) => one.isOpen === isOpen).map(({ name }) => name)
  return { open: named(true), closed: named(false) }
}

const nameOf = ({ selector }: Service['spec']) => selector?.['app.kubernetes.io/name'] ?? ''
