import { readFile } from 'node:fs/promises'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { hostNamed } from './reference.ts'

const FileSchema = Type.Record(
  Type.String(),
  Type.Object(
    {
      mirror: Type.Optional(Type.String({ pattern: '^https?://[^/?#]+/?$' })),
      plainHttp: Type.Optional(Type.Boolean()),
      ca: Type.Optional(Type.String({ minLength: 1 })),
      allow: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    },
    { additionalProperties: false },
  ),
)

const KEYS: Record<string, string> = {
  mirror: 'a URL without a path, like https://mirror.example',
  plainHttp: 'true or false',
  ca: 'the name of a file',
  allow: 'a list of hosts, each with its port',
}

/** How a registry is reached. */
export interface Endpoint {
  url: URL
  /** Certificates (PEM) beside those of Node. */
  ca?: string
  /** Hosts, with their port, that its answers may lead to though their addresses are internal. */
  allow: string[]
}

/** REGISTRY_HOSTS_FILE does not say what it should. */
export class HostsFileError extends Error {
  override readonly name = 'HostsFileError'
  readonly code = 'BAD_HOSTS_FILE'
}

/** Where registries are: by their names, or as a file says. */
export class Hosts {
  readonly #endpoints: Map<string, Endpoint>

  /**
   * @param path a JSON file: `{ "<registry>": { "mirror": "https://host", "plainHttp": true, "ca": "<file>", "allow": ["host:port"] } }`,
   * all of them optional. Rejects with HostsFileError, or as the files do.
   */
  static async read(path: string): Promise<Hosts> {
    const value = parse(await readFile(path, 'utf8'), path)
    const endpoints = Object.entries(value).map(async ([name, { mirror, plainHttp = false, ca, allow = [] }]) => {
      const host = hostNamed(name)
      const url = new URL(mirror ?? `${plainHttp ? 'http' : 'https'}://${apiHost(host)}`)
      return [host, { url, allow, ...(ca && { ca: await readFile(ca, 'utf8') }) }] as const
    })
    return new Hosts(new Map(await Promise.all(endpoints)))
  }

  constructor(endpoints: Map<string, Endpoint> = new Map()) {
    this.#endpoints = endpoints
  }

  endpointOf(host: string): Endpoint {
    return this.#endpoints.get(host) ?? { url: new URL(`https://${apiHost(host)}`), allow: [] }
  }
}

function parse(text: string, path: string) {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new HostsFileError(`${path} is no JSON.`, { cause })
  }
  if (Value.Check(FileSchema, value)) return value
  const [, host, key] = (Value.Errors(FileSchema, value)[0]?.instancePath ?? '').split('/')
  throw new HostsFileError(`${path}: ${faultOf(host, key)}`)
}

/** What is wrong, and what it should be instead. */
function faultOf(host: string | undefined, key: string | undefined): string {
  if (host === undefined) return 'it is no object with a registry for each key.'
  if (key === undefined) return `"${host}" is no object.`
  const wanted = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined
  if (wanted !== undefined) return `"${key}" of "${host}" is not ${wanted}.`
  return `"${host}" has the key "${key}". Take it away; there are ${Object.keys(KEYS).join(', ')}.`
}

function apiHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}
