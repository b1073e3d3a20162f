/** The part of a CycloneDX document that we look at. */
export interface Bill {
  metadata: { component: { 'bom-ref': string } }
  components: { group?: string; name: string; version: string; 'bom-ref': string }[]
  dependencies: { ref: string; dependsOn?: string[] }[]
}

/**
 * The bill of `packages` out of that of everything that the lockfile allows, which has other platforms' programs and optional packages
 * too. Throws when one of the packages is not in it.
 */
export function billOf(everything: Bill, packages: { name: string; version: string }[]): Bill {
  const wanted = new Set(packages.map(({ name, version }) => `${name}@${version}`))
  const components = everything.components.filter((component) => wanted.has(nameOf(component)))
  const { 'bom-ref': root } = everything.metadata.component
  const found = new Set(components.map(nameOf))
  const missing = [...wanted].filter((name) => !found.has(name) && !root.includes(name.replace('@', '%40')))
  if (missing.length > 0) throw new Error(`The bill of materials lacks ${missing.join(', ')}.`)
  const refs = new Set([root, ...components.map((component) => component['bom-ref'])])
  const dependencies = everything.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }))
  return { ...everything, components, dependencies }
}

function nameOf({ group, name, version }: Bill['components'][number]): string {
  return `${group ? `${group}/` : ''}${name}@${version}`
}
