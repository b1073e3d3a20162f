import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'

/** Where the API server is, and who asks it. */
export interface ClusterAccess {
  url: URL
  /** Certificates (PEM) that vouch for the server. */
  ca?: string | undefined
  /** Name in the server's certificate where it is not that of the URL. */
  serverName?: string | undefined
  /** Client certificate and its key (PEM). */
  cert?: string | undefined
  key?: string | undefined
  /** Read for every request: tokens of service accounts are replaced every hour. */
  token?: (() => Promise<string>) | undefined
  /** Where the one who asks is at home. */
  namespace: string
}

/** It is not said, or not in a way that is understood, how to reach the API server. */
export class ClusterAccessError extends Error {
  override readonly name = 'ClusterAccessError'
  readonly code = 'NO_CLUSTER_ACCESS'
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const TOKEN_KEPT_MS = 60_000

/** As the environment says; that of the service account unless it says something. Rejects with ClusterAccessError, or as the files do. */
export async function clusterAccess({
  KUBERNETES_URL: url,
  KUBECONFIG: file,
}: {
  KUBERNETES_URL?: string | undefined
  KUBECONFIG?: string | undefined
}): Promise<ClusterAccess> {
  if (url) return proxyAccess(url)
  return file ? await kubeconfigAccess(file) : await serviceAccountAccess()
}

/** Of a `kubectl proxy`, which signs in itself. */
export function proxyAccess(url: string): ClusterAccess {
  return { url: new URL(url), namespace: 'default' }
}

/** Of a pod. Rejects with ClusterAccessError where this is none. */
export async function serviceAccountAccess(folder = SERVICE_ACCOUNT): Promise<ClusterAccess> {
  const read = (file: string) => readFile(`${folder}/${file}`, 'utf8')
  try {
    const [ca, namespace] = await Promise.all([read('ca.crt'), read('namespace')])
    const token = kept(() => read('token'))
    return { url: new URL('https://kubernetes.default.svc'), ca, namespace: namespace.trim(), token }
  } catch (cause) {
    const how = 'Give KUBECONFIG, or KUBERNETES_URL of a kubectl proxy, outside of a cluster.'
    throw new ClusterAccessError(`There is no service account here. ${how}`, { cause })
  }
}

interface Kubeconfig {
  'current-context'?: string
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[]
  clusters?: { name: string; cluster: Record<string, string | boolean | undefined> }[]
  users?: { name: string; user: Record<string, unknown> }[]
}

/** Of the current context of a kubeconfig. Rejects with ClusterAccessError, or as the files do. */
export async function kubeconfigAccess(path: string): Promise<ClusterAccess> {
  const config = (parse(await readFile(path, 'utf8')) ?? {}) as Kubeconfig
  const named = <T extends { name: string }>(list: T[] | undefined, name: string | undefined, what: string): T => {
    const found = list?.find((one) => one.name === name)
    if (!found) throw new ClusterAccessError(`${path} has no ${what} "${name}".`)
    return found
  }
  const { context } = named(config.contexts, config['current-context'], 'context')
  const { cluster } = named(config.clusters, context.cluster, 'cluster')
  const { user } = named(config.users, context.user, 'user')
  if (user.exec || user['auth-provider'])
    throw new ClusterAccessError(
      `${path} signs in by a program. Start "kubectl proxy" and give KUBERNETES_URL instead.`,
    )
  if (cluster['insecure-skip-tls-verify']) throw new ClusterAccessError(`${path} does not verify the API server.`)
  const pem = async (values: Record<string, unknown>, name: string) => {
    const { [`${name}-data`]: data, [name]: file } = values
    if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8')
    return typeof file === 'string' ? await readFile(resolve(dirname(path), file), 'utf8') : undefined
  }
  const { token, tokenFile } = user
  return {
    url: new URL(`${cluster.server}`),
    ca: await pem(cluster, 'certificate-authority'),
    serverName: typeof cluster['tls-server-name'] === 'string' ? cluster['tls-server-name'] : undefined,
    cert: await pem(user, 'client-certificate'),
    key: await pem(user, 'client-key'),
    namespace: context.namespace ?? 'default',
    token:
      typeof tokenFile === 'string'
        ? kept(() => readFile(resolve(dirname(path), tokenFile), 'utf8'))
        : typeof token === 'string'
          ? async () => token
          : undefined,
  }
}

/** Reads a token at most once a minute. */
function kept(read: () => Promise<string>): () => Promise<string> {
  let token = ''
  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - readAt < TOKEN_KEPT_MS) return token
    token = (await read()).trim()
    readAt = performance.now()
    return token
  }
}
