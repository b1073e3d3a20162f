import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { root } from '../render.ts'
import { Checks } from './checks.ts'
import { ClientPod } from './client-pod.ts'
import { Deployed } from './deployed.ts'
import { disturbances } from './disturbances.ts'
import { LossAudit } from './loss-audit.ts'
import { photosAreRecognised, sendSamples } from './photos.ts'
import { removals } from './removals.ts'
import { walls } from './walls.ts'

const { values, positionals } = parseArgs({
  options: { smoke: { type: 'boolean' }, next: { type: 'string' } },
  allowPositionals: true,
})
const deployed = new Deployed(positionals[0] ?? fileURLToPath(root))
if (await deployed.isThere()) {
  console.error(
    'The suite is on this cluster already, and this test would remove it with its data: choose another cluster.',
  )
  process.exit(2)
}

const checks = new Checks()
const isUp = await checks.run('applied to an empty cluster: every pod is ready', async () => {
  await deployed.apply()
  await deployed.ready()
  return `${(await deployed.pods()).length} pods, ${await deployed.restarts()} restarts`
})
if (isUp) {
  const token = await deployed.secret('access', 'admin')
  const audit = await LossAudit.install()
  const client = await ClientPod.start({ image: await deployed.image('receiver'), token, audit })
  try {
    await checks.run('people and photos sent through the frontend are recognised', async () => {
      await sendSamples(token)
      return await photosAreRecognised(token)
    })
    await checks.run('every Deployment replaced under load: no failed request, no lost photo', async () => {
      const { accepted, pages, toldToWait } = await client.underLoad(() => deployed.roll())
      if (toldToWait > 0) throw new Error(`${toldToWait} of ${accepted} requests were told to wait.`)
      return `${accepted} photos, ${pages} pages`
    })
    if (!values.smoke) {
      await walls({ checks, deployed, client })
      const { next } = values
      if (next)
        await checks.run('upgraded under load to the next version: no failed request, no lost photo', async () => {
          const before = await deployed.image('receiver')
          const { accepted, pages, toldToWait } = await client.underLoad(() => deployed.upgrade(next))
          const after = await deployed.image('receiver')
          if (toldToWait > 0) throw new Error(`${toldToWait} of ${accepted} requests were told to wait.`)
          if (after === before) throw new Error(`The receiver is still ${before}.`)
          return `${accepted} photos, ${pages} pages`
        })
      await disturbances({ checks, deployed, client })
    }
  } finally {
    await client.remove()
  }
}
await removals({ checks, deployed, short: values.smoke === true || !isUp })
process.exitCode = checks.end()
