import { UsageError } from '@livepods/service'

/** The original's flags, and the variables that say the same. */
const VARIABLES: Record<string, string> = {
  cert: 'WHOAMI_CERT',
  key: 'WHOAMI_KEY',
  cacert: 'WHOAMI_CACERT',
  port: 'WHOAMI_PORT_NUMBER',
  name: 'WHOAMI_NAME',
  verbose: 'WHOAMI_VERBOSE',
}

/**
 * Takes the flags out of `args` (`-port 8080`, `--port=8080`, `-verbose`). Returns the variables that they stand for, and the other
 * arguments. Throws UsageError when a value is missing.
 */
export function readFlags(args: readonly string[]): { variables: Record<string, string>; rest: string[] } {
  const variables: Record<string, string> = {}
  const rest: string[] = []
  const left = [...args]
  for (let argument = left.shift(); argument !== undefined; argument = left.shift()) {
    const [, flag = '', given] = /^--?([a-z]+)(?:=(.*))?$/s.exec(argument) ?? []
    const variable = VARIABLES[flag]
    if (variable === undefined) rest.push(argument)
    else if (flag === 'verbose') variables[variable] = given ?? 'true'
    else {
      const value = given ?? left.shift()
      if (value === undefined) throw new UsageError(`-${flag} needs a value.`)
      variables[variable] = value
    }
  }
  return { variables, rest }
}
