/** The one of that name. Throws when there is none, else a misspelt name would be a run in which nothing goes wrong. */
export function named<T>(name: string, all: Readonly<Record<string, T>>): T {
  const found = all[name]
  if (found === undefined) throw new Error(`There is no ${name}; there are ${Object.keys(all).join(', ')}.`)
  return found
}
