import { type TObject, Type } from 'typebox'
import { Value } from 'typebox/value'
import { type Manifest, titleOf } from './manifest.ts'

interface Model {
  new (manifest: Manifest): { validate(): void }
}

/** Which package has the schemas of an API group; what is in none of them is not installed in a cluster by itself. */
const PACKAGES: Record<string, string> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'keda.sh': '@kubernetes-models/keda',
  'external-secrets.io': '@kubernetes-models/external-secrets',
}

const strict = { additionalProperties: false }
const Names = Type.Array(Type.String({ pattern: '^[a-z0-9-]+$' }), { minItems: 1 })
const Range = Type.String({ pattern: '^[0-9.]+(-[0-9.]+|/[0-9]+)$' })

/** What no package describes: https://metallb.io/apis/ */
const OWN: Record<string, TObject> = {
  IPAddressPool: Type.Object({ addresses: Type.Array(Range), autoAssign: Type.Optional(Type.Boolean()) }, strict),
  L2Advertisement: Type.Object({ ipAddressPools: Names }, strict),
}

/** Whether its schema is ours, which knows all fields that it allows. */
export function isOwn({ apiVersion }: Manifest): boolean {
  return apiVersion.startsWith('metallb.io/')
}

/** The module of a manifest's apiVersion. */
export function moduleOf({ apiVersion }: Manifest): string {
  return `${PACKAGES[apiVersion.split('/')[0] ?? ''] ?? 'kubernetes-models'}/${apiVersion}`
}

/** What of a manifest does not fit the schema of its kind: types, required fields, allowed values. */
export async function schemaFaults(manifest: Manifest): Promise<string[]> {
  const title = titleOf(manifest)
  if (isOwn(manifest)) return ownFaults(manifest)
  const model = await modelOf(manifest)
  if (!model) return [`${title}: ${manifest.apiVersion} has no such kind`]
  try {
    new model(manifest).validate()
    return []
  } catch (error) {
    const { errors, message } = error as Error & { errors?: { instancePath: string; message: string }[] }
    return errors?.map((fault) => `${title}: ${fault.instancePath} ${fault.message}`) ?? [`${title}: ${message}`]
  }
}

function ownFaults(manifest: Manifest): string[] {
  const schema = OWN[manifest.kind]
  if (!schema) return [`${titleOf(manifest)}: ${manifest.apiVersion} has no such kind`]
  const { spec } = manifest as unknown as { spec: unknown }
  return [...Value.Errors(schema, spec)].map(
    ({ instancePath, message }) => `${titleOf(manifest)}: /spec${instancePath} ${message}`,
  )
}

async function modelOf(manifest: Manifest): Promise<Model | undefined> {
  try {
    return ((await import(moduleOf(manifest))) as Record<string, Model>)[manifest.kind]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined
    throw error
  }
}
