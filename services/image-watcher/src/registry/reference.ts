/** The name of an image, as in a pod or on a command line. */
export interface Reference {
  /** As it was written, without tag and digest: `nginx`, `ghcr.io/owner/name:` without the colon. */
  name: string
  /** The registry that the name means; Docker Hub is docker.io. */
  host: string
  /** As the registry knows it: library/nginx. */
  repository: string
  tag?: string
  digest?: string
}

/** A text that is no name of an image. */
export class InvalidReferenceError extends Error {
  override readonly name = 'InvalidReferenceError'
  readonly code = 'BAD_REFERENCE'
}

const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/
const HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']
/** Host and repository together, as the specification of references has it. */
const MAX_NAME = 255

export function isDigest(text: string): boolean {
  return DIGEST.test(text)
}

export function isTag(text: string): boolean {
  return TAG.test(text)
}

/** docker.io for every name that Docker Hub has. */
export function hostNamed(host: string): string {
  return HUB.includes(host.toLowerCase()) ? 'docker.io' : host.toLowerCase()
}

/** Without tag and digest neither is assumed. Throws InvalidReferenceError. */
export function parseReference(text: string): Reference {
  const fault = (what: string) => new InvalidReferenceError(`"${text.slice(0, 300)}" is no image: ${what}.`)
  const [named = '', digest, ...more] = text.split('@')
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) throw fault('its digest is not sha256 or sha512')
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const name = hasTag ? named.slice(0, colon) : named
  const tag = hasTag ? named.slice(colon + 1) : undefined
  if (tag !== undefined && !isTag(tag)) throw fault('its tag has characters that no tag has')
  if (name.length > MAX_NAME) throw fault(`its name is longer than ${MAX_NAME}`)
  const { host, path } = split(name)
  if (!HOST.test(host)) throw fault('its registry is no host')
  if (!path.split('/').every((component) => COMPONENT.test(component))) throw fault('its repository is no path')
  return {
    name,
    host: hostNamed(host),
    repository: hostNamed(host) === 'docker.io' && !path.includes('/') ? `library/${path}` : path,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  }
}

/** The image of a container: name, tag and digest. */
export function imageOf({ name }: Reference, tag: string, digest?: string): string {
  return digest === undefined ? `${name}:${tag}` : `${name}:${tag}@${digest}`
}

/** The first part is a registry when it cannot be a part of a repository of Docker Hub. */
function split(name: string): { host: string; path: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, slash)
  if (slash < 0 || !(/[.:A-Z]/.test(first) || first === 'localhost')) return { host: 'docker.io', path: name }
  return { host: first, path: name.slice(slash + 1) }
}
