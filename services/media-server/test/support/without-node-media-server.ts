import { registerHooks } from 'node:module'

/** Loaded before a program, it hides node-media-server, as if that was not installed. */
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier.startsWith('node-media-server/') ? 'not-installed' : specifier, context),
})
