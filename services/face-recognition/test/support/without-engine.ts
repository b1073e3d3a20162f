// Makes the optional packages look as if they were not installed; loaded with `node --import`.
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('@tensorflow/')) throw new Error(`Cannot find module '${specifier}'`)
    return next(specifier, context)
  },
})
