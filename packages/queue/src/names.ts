const NAME = /^(?=.{1,64}$)[.a-zA-Z0-9_-]+(#ephemeral)?$/

/** Returns the name of a topic or channel; throws RangeError where nsqd would not accept it, or worse, read it as another command. */
export function checkName(name: string): string {
  if (!NAME.test(name))
    throw new RangeError(`"${name}" is not a name of NSQ: 1 to 64 of the characters . a-z A-Z 0-9 _ -`)
  return name
}
