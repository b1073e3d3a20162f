import { execFile } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from '@livepods/service'
import { DOCKER_REGISTRY, DockerRegistry, type ImageContent } from '@livepods/testing'
import { root } from '../render.ts'
import type { Checks } from './checks.ts'
import { type Deployed, expect } from './deployed.ts'
import { FollowedWorkloads } from './followed-workloads.ts'
import { kubectl, list } from './kubectl.ts'

interface Parts {
  checks: Checks
  deployed: Deployed
}

/** Of the first node of lab.sh: both nodes pull from it, without TLS at this port. */
const ADDRESS = '10.0.2.100'
const PORT = 5000
const REPOSITORY = 'team/app'
/** HOOK_SECRET of k8s/lab/delivery. */
const HEADERS = { authorization: 'Bearer of-the-lab' }
const FOLDER = fileURLToPath(new URL('lab/delivery/workloads', root))

/** image-watcher with Debian's docker-registry, whose notifications it gets, and a workload of each kind. Rejects with UsageError. */
export async function delivery({ checks, deployed }: Parts): Promise<void> {
  const content = await readContent()
  const isUp = await checks.run('applied: two replicas of image-watcher are ready', async () => {
    await deployed.apply()
    await deployed.ready()
    return `${(await deployed.pods('app.kubernetes.io/name=image-watcher')).length} pods`
  })
  if (!isUp) return
  const watcher = await kubectl([
    '-n',
    'livepods',
    'get',
    'service',
    'image-watcher',
    '-o',
    'jsonpath={.spec.clusterIP}',
  ])
  const notify = `http://${watcher}:8086/hooks/distribution`
  await using registry = await DockerRegistry.start(`${DOCKER_REGISTRY}`, {
    ...{ address: ADDRESS, port: PORT, notify, headers: HEADERS },
  })
  const push = (tag: string, name: string, image: ImageContent) => registry.push(REPOSITORY, tag, name, image)
  const workloads = new FollowedWorkloads(FOLDER)
  let sentinels = 0
  /** Resolves once a hook was followed: then all workloads of the repository were looked at. */
  const lookedAt = async () => {
    const digest = await push('sentinel', `sentinel ${sentinels++}`, content.good)
    await workloads.has('sentinel', digest, 'done')
  }
  const rolls = async (name: string) => {
    const digest = await push('stable', name, content.good)
    const began = performance.now()
    await workloads.allHave({ digest })
    const set = performance.now()
    await workloads.allHave({ digest, phase: 'done' })
    return { digest, told: `set after ${seconds(began, set)} s, up after ${seconds(began)} s` }
  }
  const isUndone = async (name: string, image: ImageContent, former: string) => {
    const digest = await push('stable', name, image)
    const began = performance.now()
    await workloads.allHave({ digest: former, phase: 'undone', bad: digest })
    await workloads.allRun(former)
    const undone = seconds(began)
    const before = await workloads.rollouts()
    await lookedAt()
    expect(
      (await workloads.rollouts()) === before,
      `It was tried again: ${before}, then ${await workloads.rollouts()}.`,
    )
    return `all run the former one again after ${undone} s`
  }

  await checks.run('followed from the first: tags get their digests', async () => {
    const digest = await push('stable', 'one', content.good)
    await push('sentinel', 'sentinel', content.good)
    await workloads.apply()
    await workloads.allHave({ digest, phase: 'done' })
    return undefined
  })
  let present = ''
  await checks.run('retag, hook: Deployment, StatefulSet and DaemonSet roll', async () => {
    const { digest, told } = await rolls('two')
    present = digest
    return told
  })
  await checks.run('an image that starts and ends is undone on all three, and not tried again', () =>
    isUndone('ends', content.ends, present),
  )
  await checks.run('an image that cannot be pulled is undone on all three, and not tried again', () =>
    isUndone('cannot be pulled', content.broken, present),
  )
  await checks.run('the tag moves again: all three roll', async () => {
    const { digest, told } = await rolls('three')
    expect(digest !== present, 'It is the same digest.')
    return told
  })
  await checks.run('a person’s rollout undo stays, until the tag moves again', async () => {
    await workloads.undo()
    await workloads.allHave({ digest: present, phase: 'held' })
    const before = await workloads.rollouts()
    await lookedAt()
    expect((await workloads.rollouts()) === before, 'It was rolled out against the person.')
    return (await rolls('four')).told
  })
  await checks.run(
    'kubectl apply -k puts the tag back: one rollout more; the second time it is contested',
    async () => {
      const digest = await push('stable', 'five', content.good)
      await workloads.allHave({ digest, phase: 'done' })
      const first = await workloads.rollouts()
      await workloads.applyAgain()
      await workloads.allHave({ digest, phase: 'done', putBack: 1 })
      const again = await workloads.rollouts()
      await workloads.applyAgain()
      await workloads.allHave({ phase: 'contested', manager: 'kubectl-client-side-apply' })
      const contested = await workloads.rollouts()
      await workloads.applyAgain()
      await lookedAt()
      expect((await workloads.rollouts()) === contested, 'It goes on.')
      return `generations ${first}; ${again}; ${contested}`
    },
  )
  await checks.run('its Role is enough: no request was refused, and events tell of each change', async () => {
    const pods = await deployed.pods('app.kubernetes.io/name=image-watcher')
    for (const { metadata } of pods) {
      const log = await kubectl(['-n', 'livepods', 'logs', metadata.name])
      const refused = log.split('\n').find((line) => /forbidden|not written|step failed/.test(line))
      expect(refused === undefined, `${refused}`)
    }
    const events = await list<{ reason: string; source?: { component?: string } }>('events', 'livepods')
    const own = events.filter(({ source }) => source?.component === 'livepods-image-watcher')
    const reasons = [...new Set(own.map(({ reason }) => reason))].sort()
    for (const wanted of ['ImageRolled', 'ImageUp', 'ImageUndone', 'ImageHeld', 'ImageContested', 'StuckPodDeleted'])
      expect(reasons.includes(wanted), `no event ${wanted}: ${reasons.join()}`)
    return `${own.length} events: ${reasons.join(', ')}`
  })
}

/** Images of one static program: one that goes on, one that ends at once, and one whose layer is no archive. */
async function readContent(): Promise<Record<'good' | 'ends' | 'broken', ImageContent>> {
  const { BUSYBOX } = process.env
  if (!BUSYBOX || !DOCKER_REGISTRY)
    throw new UsageError('DOCKER_REGISTRY and BUSYBOX have to name these programs, the second one linked statically.')
  const { stdout: layer } = await promisify(execFile)(
    'tar',
    ['--create', '--owner=0', '--group=0', '--directory', dirname(BUSYBOX), basename(BUSYBOX)],
    { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
  )
  const program = `/${basename(BUSYBOX)}`
  const layers = [layer]
  return {
    good: { command: [program, 'sleep', '1000000'], layers },
    ends: { command: [program, 'false'], layers },
    broken: { command: [program, 'sleep', '1000000'], layers: [Buffer.alloc(4096, 'no archive')] },
  }
}

function seconds(since: number, until = performance.now()): string {
  return ((until - since) / 1000).toFixed(1)
}
