// Prints what loading all declarations takes: the files that were loaded, and the CPU time.
import { registerHooks } from 'node:module'

const loaded: string[] = []
registerHooks({
  load(url, context, next) {
    loaded.push(url)
    return next(url, context)
  },
})
const { declarationsIn } = await import('../../src/declarations.ts')
const before = process.cpuUsage()
const names = (await declarationsIn()).map(({ name }) => name)
const { user, system } = process.cpuUsage(before)
console.log(JSON.stringify({ names, loaded, cpuSeconds: (user + system) / 1e6 }))
