// node packages/service/src/ready.ts: ends with 0 when the process whose OPS_PORT this is says that it is ready, else with 1. For health checks of images.
import { get } from 'node:http'

get(`http://127.0.0.1:${process.env.OPS_PORT || 9090}/readyz`, { timeout: 2000 }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1)
})
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))
