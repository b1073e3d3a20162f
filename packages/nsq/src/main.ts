import { run } from '@livepods/service'
import { Broker } from './broker.ts'
import { Env } from './config.ts'

await run({ service: 'nsq', env: Env }, async ({ config, log, ops, stack }) => {
  const broker = stack.use(
    await Broker.start({
      host: config.HOST,
      tcpPort: config.NSQD_PORT,
      httpPort: config.NSQD_HTTP_PORT,
      lookupTcpPort: config.NSQLOOKUPD_TCP_PORT,
      lookupHttpPort: config.NSQLOOKUPD_HTTP_PORT,
      memoryBytes: config.NSQ_MEMORY_MB * 1024 * 1024,
      messageTimeoutMs: config.NSQ_MESSAGE_TIMEOUT_SECONDS * 1000,
      broadcastTcpPort: config.NSQ_BROADCAST_TCP_PORT,
      broadcastHttpPort: config.NSQ_BROADCAST_HTTP_PORT,
      ...(config.NSQ_BROADCAST_ADDRESS !== undefined && { broadcastAddress: config.NSQ_BROADCAST_ADDRESS }),
    }),
  )
  ops.reports('queue', () => ({ memoryBytes: broker.memoryUsed, topics: broker.stats({ withClients: false }).topics }))
  log.info(
    {
      nsqd: broker.tcpAddress,
      nsqdHttp: broker.httpAddress,
      nsqlookupd: broker.lookupTcpAddress,
      nsqlookupdHttp: broker.lookupHttpAddress,
    },
    'listening',
  )
})
