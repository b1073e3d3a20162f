import { run } from '@livepods/service'
import { Env } from './config.ts'
import { FaceRecognition } from './face-recognition.ts'
import { collectSeldom, keepYoungHeapSmall } from './memory.ts'

keepYoungHeapSmall()
collectSeldom()
await run({ service: 'face-recognition', env: Env }, async ({ stack, ...options }) => {
  await stack.use(new FaceRecognition(options)).start()
})
