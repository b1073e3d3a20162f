/** What `?env=true` shows of the environment: names only, and the values of those that may be seen. */
export class Environment {
  readonly #variables: { name: string; value: string | undefined }[]

  /** @param showEnv names whose values are shown, separated by commas */
  constructor(environment: Record<string, string | undefined>, showEnv = '') {
    const shown = new Set(showEnv.split(',').map((name) => name.trim()))
    this.#variables = Object.entries(environment).map(([name, value = '']) => ({
      name: latin1(name),
      value: shown.has(name) ? latin1(value) : undefined,
    }))
  }

  /** NAME=value, or NAME where the value is not shown; one character for each byte (latin1). */
  lines(): string {
    return this.#variables.map(({ name, value }) => (value === undefined ? `${name}\n` : `${name}=${value}\n`)).join('')
  }

  /** In the order of their names; a value that is not shown is empty. */
  values(): Record<string, string> {
    const sorted = this.#variables.toSorted((one, other) => (one.name < other.name ? -1 : 1))
    return Object.fromEntries(sorted.map(({ name, value = '' }) => [name, value]))
  }
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
