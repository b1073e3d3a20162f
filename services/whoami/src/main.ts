import { orExit, run } from '@livepods/service'
import { Env } from './config.ts'
import { readFlags } from './flags.ts'
import { Whoami } from './whoami.ts'

// A flag is another way to set a variable.
const { variables, rest } = orExit(() => readFlags(process.argv.slice(2)))
Object.assign(process.env, variables)

await run({ service: 'whoami', env: Env, args: rest }, async ({ stack, ...options }) => {
  await stack.use(new Whoami({ ...options, environment: process.env })).start()
})
