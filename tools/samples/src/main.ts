import { AccessToken } from '@livepods/access'
import { runJob } from '@livepods/service'
import { Env } from './config.ts'
import { FrontendClient } from './frontend-client.ts'
import { sendSamples } from './send-samples.ts'

await runJob({ service: 'samples', env: Env }, async ({ config, log, stack, signal }) => {
  const token = stack.use(await AccessToken.open(config, log))
  await sendSamples(new FrontendClient({ url: config.FRONTEND_URL, token, log, signal }))
  log.info('the samples are sent')
})
