import { eventually } from '@livepods/testing'
import type { Checks } from './checks.ts'
import type { ClientPod, Met } from './client-pod.ts'
import { type Deployed, expect } from './deployed.ts'
import { kubectl, list } from './kubectl.ts'
import { change, rows } from './mysql.ts'

interface Parts {
  checks: Checks
  deployed: Deployed
  client: ClientPod
}

const WRITERS = ['receiver', 'image-processor', 'frontend']
const KILLED = [
  'receiver',
  'image-processor',
  'face-recognition',
  'frontend',
  'nsqlookupd',
  'media-server',
  'relay',
  'sink',
]

/** What happens to a cluster in a year, each under load: nothing that was accepted may be lost, and clients that obey lose nothing. */
export async function disturbances({ checks, deployed, client }: Parts): Promise<void> {
  const told = ({ accepted, messages, toldToWait, longestWaitMs }: Met) =>
    `${accepted} photos, ${messages} messages, ${toldToWait} answers 503 with Retry-After, longest wait ${(longestWaitMs / 1000).toFixed(1)} s`

  await checks.run('MySQL replaced: 503 with Retry-After, and nothing else', async () => {
    const met = await client.underLoad(async () => {
      await kubectl(['-n', 'livepods', 'delete', 'pod', 'mysql-0'])
      await deployed.ready()
    })
    return told(met)
  })

  for (const workload of KILLED)
    await checks.run(`a pod of ${workload} deleted`, async () => {
      const met = await client.underLoad(async () => {
        const [pod] = await deployed.pods(`app.kubernetes.io/name=${workload}`)
        await kubectl(['-n', 'livepods', 'delete', 'pod', pod?.metadata.name ?? ''])
        await deployed.ready()
      })
      return told(met)
    })

  await checks.run('a backup, a loss, and the backup put back while nobody writes', async () => {
    const count = async () => (await rows<{ photos: string }>('SELECT COUNT(*) AS photos FROM images'))[0]?.photos
    const scaleWriters = (replicas: number) => scale(['deployment', ...WRITERS], replicas)
    const before = await count()
    // What comes meanwhile waits in the relays.
    await scale(['statefulset', 'sinks'], 0)
    await deployed.ready()
    await runJob('mysql-backup')
    await change('DELETE FROM person_images; DELETE FROM faces; DELETE FROM images')
    expect((await count()) === '0', 'the photos are still there')
    await scaleWriters(0)
    await runJob('mysql-restore')
    await scaleWriters(2)
    await scale(['statefulset', 'sinks'], 3)
    await deployed.ready()
    expect((await count()) === before, `there were ${before} photos, and now there are ${await count()}`)
    return `${before} photos`
  })

  await checks.run('sinks 3, 4, 0, 2, and relays 2, 1 meanwhile; what the one that went had is drained', async () => {
    const inTurn = async (...steps: [name: string, replicas: number][]) => {
      for (const [name, replicas] of steps) {
        await scale(['statefulset', name], replicas)
        await deployed.ready()
      }
    }
    const met = await client.underLoad(async () => {
      await inTurn(['sinks', 4], ['sinks', 0], ['relays', 1], ['sinks', 2])
      await runJob('relay-drain')
      // The logs of all that were there are read.
      await inTurn(['relays', 2], ['sinks', 4])
    })
    await inTurn(['sinks', 3])
    return told(met)
  })

  const [node, ...others] = (await list<{ metadata: { name: string } }>('nodes', 'default')).map(
    ({ metadata }) => metadata.name,
  )
  if (others.length > 0)
    await checks.run('a node drained', async () => {
      try {
        const met = await client.underLoad(async () => {
          await kubectl(['drain', await otherThanClients(node ?? ''), ...DRAIN])
          await deployed.ready()
        })
        return told(met)
      } finally {
        for (const name of [node ?? '', ...others]) await kubectl(['uncordon', name])
      }
    })

  await checks.run('an autoscaler adds receivers under load, and takes them away', async () => {
    const replicas = async () =>
      Number(await kubectl(['-n', 'livepods', 'get', 'deployment/receiver', '-o', 'jsonpath={.spec.replicas}']))
    const most = eventually(async () => {
      const now = await replicas()
      expect(now > 2, `${now} receivers`)
      return now
    }, LONG)
    await Promise.all([client.run(BURN), most])
    await eventually(async () => expect((await replicas()) === 2, `${await replicas()} receivers`), LONG)
    return `2, ${await most}, 2`
  })
}

const DRAIN = [
  '--ignore-daemonsets',
  '--delete-emptydir-data',
  '--timeout=300s',
  '--pod-selector=app.kubernetes.io/part-of=livepods',
]
const LONG = { withinMs: 400_000, everyMs: 1000 }

/** Requests to the receiver as fast as they are answered, for a minute; refused ones cost CPU as well. */
const BURN = `
const end = Date.now() + 60_000
const client = async () => { while (Date.now() < end) await fetch('http://receiver.livepods:8000/v1/images').then((r) => r.text()).catch(() => {}) }
await Promise.all(Array.from({ length: 32 }, client))
`

/** A node that the client is not on: it is not part of the suite, and nobody brings it back. */
async function otherThanClients(node: string): Promise<string> {
  const at = await kubectl(['-n', 'livepods-client', 'get', 'pod/client', '-o', 'jsonpath={.spec.nodeName}'])
  if (at !== node) return node
  const nodes = await list<{ metadata: { name: string } }>('nodes', 'default')
  return nodes.map(({ metadata }) => metadata.name).find((name) => name !== at) ?? node
}

async function scale(workloads: string[], replicas: number): Promise<void> {
  await kubectl(['-n', 'livepods', 'scale', ...workloads, `--replicas=${replicas}`])
}

async function runJob(cronJob: string): Promise<void> {
  const name = `${cronJob}-test`
  await kubectl(['-n', 'livepods', 'create', 'job', `--from=cronjob/${cronJob}`, name])
  await kubectl(['-n', 'livepods', 'wait', '--for=condition=Complete', `job/${name}`, '--timeout=180s'])
}
