// Loaded into one service by NODE_OPTIONS=--import: its source has no switch for mistakes, so the mistake is put in while it is loaded.
import { registerHooks } from 'node:module'
import { mutated, type Passage } from './mutation.ts'

const passage = JSON.parse(process.env.CHAOS_MUTATION ?? '') as Passage

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(`/${passage.file}`)) return loaded
    return { ...loaded, source: mutated(String(loaded.source), passage) }
  },
})
