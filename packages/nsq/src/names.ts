const NAME = /^[.a-zA-Z0-9_-]{1,64}(#ephemeral)?$/
const EPHEMERAL = '#ephemeral'

/** Whether nsqd takes this as the name of a topic or channel: 1 to 64 of `.a-zA-Z0-9_-`, `#ephemeral` included. */
export function isValidName(name: string): boolean {
  return name.length <= 64 && NAME.test(name)
}

/** Whether a topic or channel of this name goes when nobody uses it any more. */
export function isEphemeral(name: string): boolean {
  return name.endsWith(EPHEMERAL)
}
