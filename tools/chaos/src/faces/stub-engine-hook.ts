// Loaded into face-recognition by NODE_OPTIONS=--import: all of it runs but its engine, which would look at a few pictures a second.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const service = new URL('../../../../services/face-recognition/src/face-recognition.ts', import.meta.url)
const POOL = './engine/worker-pool.ts'
const stub = new URL('stub-engine.ts', import.meta.url).href

// Else the real engine would run, and nobody would notice but by how slow it is.
if (!readFileSync(service, 'utf8').includes(`from '${POOL}'`))
  throw new Error(`${service.pathname} does not import ${POOL} any more: the stub has to follow it.`)

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isPool = specifier === POOL && context.parentURL === service.href
    return isPool ? nextResolve(stub, context) : nextResolve(specifier, context)
  },
})
