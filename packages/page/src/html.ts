import { html } from 'hono/html'

/** A template whose values are escaped unless they come from another template; arrays are joined, `undefined` and `false` are nothing. */
export { html }

/** What `html` returns: text that is safe to put into a page. */
export type Html = ReturnType<typeof html>
