import type { Checks } from './checks.ts'
import { type Deployed, expect } from './deployed.ts'
import { kubectl } from './kubectl.ts'
import { photosAreRecognised } from './photos.ts'

interface Parts {
  checks: Checks
  deployed: Deployed
  /** Only the end. */
  short: boolean
}

/** Both ways to remove the suite. */
export async function removals({ checks, deployed, short }: Parts): Promise<void> {
  if (!short) {
    const claims = () => kubectl(['-n', 'livepods', 'get', 'persistentvolumeclaims,secrets', '-o', 'name'])
    await checks.run("deleted with -l '!livepods/keep': volumes and passwords stay", async () => {
      const before = await claims()
      await deployed.delete({ keep: true })
      expect((await claims()) === before, `there were ${before}, and now there are ${await claims()}`)
      return undefined
    })
    await checks.run('applied again: everything is there', async () => {
      await deployed.apply()
      await deployed.ready()
      return await photosAreRecognised(await deployed.secret('access', 'admin'))
    })
  }
  await checks.run('deleted: the namespace is gone', async () => {
    await deployed.delete({ keep: false })
    return undefined
  })
}
