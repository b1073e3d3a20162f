import { type Declared, servicesIn, usualPort } from '@livepods/system'

/** What the table of services in README.md does not say, or says otherwise. */
export function readmeFaults(readme: string, declared: readonly Declared[]): string[] {
  const rows = [...readme.matchAll(/^\| \[([a-z-]+)\]\(([^)]+)\) *\| (.*?) *\| (.*?) *\|$/gm)].map((row) =>
    row.slice(1),
  )
  const services = servicesIn(declared)
  return [
    ...services.flatMap((service) => {
      const { name, folder, summary, listeners } = service
      const wanted = [name, folder, summary, listeners.map((listener) => usualPort(service, listener)).join(', ')]
      const row = rows.find(([there]) => there === name)
      if (!row) return [`README.md has no row for ${name}`]
      return wanted
        .filter((cell, column) => cell !== row[column])
        .map((cell) => `README.md says of ${name} something else than "${cell}"`)
    }),
    ...rows
      .filter(([name]) => !services.some((service) => service.name === name))
      .map(([name]) => `README.md has a row for ${name}, which is no service`),
  ]
}
