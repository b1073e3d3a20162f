import { fields } from '../fields.ts'
import { hostNamed, type Reference } from './reference.ts'

/** Who asks: with a password, or with a token of a login that took place elsewhere. */
export interface Credential {
  username: string
  password: string
  /** Present: exchanged for access tokens by OAuth 2. */
  identityToken?: string
}

/** A Secret as the API server gives it: values in base64. */
export interface PullSecret {
  type?: string
  data?: Record<string, string>
}

interface Entry {
  auth?: unknown
  username?: unknown
  password?: unknown
  identitytoken?: unknown
}

interface Key {
  /** Parts of the host; each may have `*` in it. */
  host: string[]
  port: string
  path: string
  credential: Credential
}

/** The credentials of pull secrets and of files of `docker login`. */
export class Keyring {
  readonly #keys: Key[]

  /** From a Secret of type kubernetes.io/dockerconfigjson or dockercfg, or one that holds a config.json. What is unreadable is nothing. */
  static ofSecret({ data = {} }: PullSecret): Keyring {
    const decoded = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString('utf8')
    return Keyring.join([
      Keyring.ofConfig(decoded('.dockerconfigjson')),
      Keyring.ofConfig(decoded('config.json')),
      new Keyring(fields(decoded('.dockercfg'))),
    ])
  }

  /** From the text of a config.json. */
  static ofConfig(text: string): Keyring {
    return new Keyring(fields(fields(text).auths))
  }

  /** Where two have the same key, the first one counts. */
  static join(keyrings: Keyring[]): Keyring {
    const joined = new Keyring({})
    joined.#keys.push(...keyrings.flatMap((keyring) => keyring.#keys))
    return joined
  }

  constructor(auths: Record<string, unknown>) {
    this.#keys = Object.entries(auths).flatMap(([name, value]) => {
      const credential = credentialOf(fields(value) as Entry)
      return credential ? [keyOf(name, credential)] : []
    })
  }

  /** As the kubelet chooses: the longest path that the repository begins with. */
  find({ host, repository }: Pick<Reference, 'host' | 'repository'>): Credential | undefined {
    const [name = '', port = ''] = host.split(':')
    const parts = name.split('.')
    return this.#keys
      .filter((key) => key.port === port && matches(key.host, parts) && isWithin(repository, key.path))
      .sort((a, b) => b.path.length - a.path.length)[0]?.credential
  }
}

function credentialOf({ auth, username, password, identitytoken }: Entry): Credential | undefined {
  const [user = '', ...rest] = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8').split(':') : []
  const credential = {
    username: typeof username === 'string' && username ? username : user,
    // `docker login` of old filled the end with zeros.
    password: typeof password === 'string' && password ? password : rest.join(':').replace(/\0+$/, ''),
  }
  if (typeof identitytoken === 'string' && identitytoken) return { ...credential, identityToken: identitytoken }
  return credential.username ? credential : undefined
}

/** `https://index.docker.io/v1/`, `registry.example.com:5000/team`, `*.example.com`. */
function keyOf(name: string, credential: Credential): Key {
  const [address = '', ...path] = name.replace(/^https?:\/\//, '').split('/')
  const [host = '', port = ''] = hostNamed(address).split(':')
  // The version of an API is no part of a repository.
  const repository = path.join('/').replace(/^v[12]\/?$/, '')
  return { host: host.split('.'), port, path: repository.replace(/\/$/, ''), credential }
}

function matches(patterns: string[], parts: string[]): boolean {
  return patterns.length === parts.length && patterns.every((pattern, at) => isLike(parts[at] ?? '', pattern))
}

/** `*` stands for any characters of one part. */
function isLike(part: string, pattern: string): boolean {
  const [start = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return part === pattern
  if (!part.startsWith(start)) return false
  let at = start.length
  for (const [index, piece] of rest.entries()) {
    const found = index === rest.length - 1 ? part.length - piece.length : part.indexOf(piece, at)
    if (found < at || !part.startsWith(piece, found)) return false
    at = found + piece.length
  }
  return true
}

function isWithin(repository: string, path: string): boolean {
  return path === '' || repository === path || repository.startsWith(`${path}/`)
}
