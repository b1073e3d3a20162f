// What test.sh runs.
import { fileURLToPath } from 'node:url'
import { UsageError } from '@livepods/service'
import { root } from '../render.ts'
import { article } from './article.ts'
import { Checks } from './checks.ts'
import { ClientPod } from './client-pod.ts'
import { colourBarsPlay } from './colour-bars.ts'
import { compute } from './compute.ts'
import { delivery } from './delivery.ts'
import { Deployed } from './deployed.ts'
import { disturbances } from './disturbances.ts'
import { LossAudit } from './loss-audit.ts'
import { MessageAudit } from './message-audit.ts'
import { type Group, type Options, readOptions, USAGE } from './options.ts'
import { photosAreRecognised, sendSamples } from './photos.ts'
import { probe } from './probe.ts'
import { removals } from './removals.ts'
import { replicas, underViewers } from './replicas.ts'
import { walls } from './walls.ts'

const TESTS = { delivery, compute }

/** One group alone. */
async function testGroup(group: Group): Promise<number> {
  const deployed = new Deployed(fileURLToPath(new URL(`lab/${group}`, root)))
  await refuseUnlessFree(deployed)
  const checks = new Checks()
  try {
    await TESTS[group]({ checks, deployed })
  } finally {
    await deployed.delete({ keep: false })
  }
  return checks.end()
}

async function test({ smoke, next, folder }: Options): Promise<number> {
  const deployed = new Deployed(folder)
  await refuseUnlessFree(deployed)
  const checks = new Checks()
  const isUp = await checks.run('applied to an empty cluster: every pod is ready', async () => {
    await deployed.apply()
    await deployed.ready()
    return `${(await deployed.pods()).length} pods, ${await deployed.restarts()} restarts`
  })
  if (isUp) await use({ checks, deployed, smoke, next })
  await removals({ checks, deployed, short: smoke || !isUp })
  return checks.end()
}

async function refuseUnlessFree(deployed: Deployed): Promise<void> {
  const isThere = await deployed.isThere().catch((error: Error) => {
    throw new UsageError(`The cluster of KUBECONFIG cannot be used. ${error.message}`, { cause: error })
  })
  if (isThere)
    throw new UsageError(
      'The suite is on this cluster already, and this test would remove it with its data: choose another cluster.',
    )
}

interface Use extends Pick<Options, 'smoke' | 'next'> {
  checks: Checks
  deployed: Deployed
}

async function use({ checks, deployed, smoke, next }: Use): Promise<void> {
  const token = await deployed.secret('access', 'admin')
  const audit = await LossAudit.install()
  const messages = new MessageAudit({ deployed, token })
  const client = await ClientPod.start({ image: await deployed.image('receiver'), token, audit, messages })
  const withoutAWait = async (disturb: () => Promise<void>) => {
    const { accepted, pages, messages, toldToWait } = await client.underLoad(disturb)
    if (toldToWait > 0) throw new Error(`${toldToWait} of ${accepted + pages + messages} requests were told to wait.`)
    return `${accepted} photos, ${pages} pages, ${messages} messages`
  }
  try {
    await checks.run('people and photos sent through the frontend are recognised', async () => {
      await sendSamples(token)
      return await photosAreRecognised(token)
    })
    await checks.run('the colour bars play', () => colourBarsPlay(client, token))
    await replicas({ checks, deployed, client, token })
    await article({ checks, deployed, client, messages, token })
    await checks.run('everything but data replaced under load: no failed request, nothing lost or twice', () =>
      withoutAWait(() => deployed.roll()),
    )
    await checks.run('the colour bars play again', () => colourBarsPlay(client, token))
    await probe({ checks, deployed, client })
    if (smoke) return
    await walls({ checks, deployed, client })
    await underViewers({ checks, deployed, client })
    if (next)
      await checks.run(
        'upgraded under load to the next version: no failed request, nothing lost or twice',
        async () => {
          const before = await deployed.image('receiver')
          const seen = await withoutAWait(() => deployed.upgrade(next))
          if ((await deployed.image('receiver')) === before) throw new Error(`The receiver is still ${before}.`)
          return seen
        },
      )
    await disturbances({ checks, deployed, client })
  } finally {
    await client.remove()
  }
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') console.log(USAGE)
  else process.exitCode = await (options.only ? testGroup(options.only) : test(options))
} catch (error) {
  console.error(error instanceof UsageError ? error.message.trim() : error)
  process.exitCode = error instanceof UsageError ? error.exitCode : 1
}
