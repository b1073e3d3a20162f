// Loaded into one service by NODE_OPTIONS=--import: its source has no switch for mistakes, so the mistake is put in while it is loaded.
import { registerHooks } from 'node:module'
import { isMutation, MUTATIONS, mutated } from './mutation.ts'

const name = process.env.CHAOS_MUTATION ?? ''
if (!isMutation(name)) throw new Error(`CHAOS_MUTATION is "${name}", which is no mutation.`)
const mutation = MUTATIONS[name]

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(`/${mutation.file}`)) return loaded
    return { ...loaded, source: mutated(String(loaded.source), mutation) }
  },
})
