// Loaded into face-recognition by NODE_OPTIONS=--import: all of it runs but its engine, which would look at a few pictures a second.
import { registerHooks } from 'node:module'

const MAIN = '/services/face-recognition/src/main.ts'
const stub = new URL('stub-engine.ts', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isPool = specifier === './engine/worker-pool.ts' && context.parentURL?.endsWith(MAIN)
    return isPool ? nextResolve(stub, context) : nextResolve(specifier, context)
  },
})
