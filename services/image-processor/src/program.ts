import type { Declaration } from '@livepods/service'
import { RetryEnv } from './config.ts'

export const declaration: Declaration = {
  kind: 'job',
  name: 'retry',
  summary: 'makes photos due again that failed, a few times each',
  env: RetryEnv,
  entry: 'src/retry.ts',
  runs: 'on demand',
  calls: { MYSQL_CONNECTION: 'database', S3_ENDPOINT: 'pictures' },
  image: 'image-processor',
}
