import { fields } from '../fields.ts'
import { InvalidReferenceError, parseReference } from '../registry/reference.ts'
import type { Hint } from './hints.ts'

/** The pushes with a tag that a body of a registry's webhook tells of; what is not understood is none. */
export type ReadHook = (body: unknown) => Hint[]

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, 1000) : [])
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function hint(host: unknown, repository: unknown, tag: unknown): Hint[] {
  const path = text(repository)
  return path !== undefined && text(tag) !== undefined ? [{ host: text(host), repository: path }] : []
}

/** `registry.example.com/team/app:tag`, as some write it. */
function hintOf(image: unknown, tag?: unknown): Hint[] {
  try {
    const reference = parseReference(text(image) ?? '')
    return hint(reference.host, reference.repository, tag ?? reference.tag)
  } catch (error) {
    if (error instanceof InvalidReferenceError) return []
    throw error
  }
}

/** By the last part of the URL. */
export const HOOKS: Record<string, ReadHook> = {
  // Our own HEADs come back as "pull": a loop, were they counted. https://distribution.github.io/distribution/about/notifications/
  distribution: (body) =>
    list(fields(body).events).flatMap((event) => {
      const { action, target, request } = fields(event)
      const { repository, tag } = fields(target)
      return action === 'push' ? hint(fields(request).host, repository, tag) : []
    }),
  'docker-hub': (body) => {
    const { repository, push_data } = fields(body)
    return hint('docker.io', fields(repository).repo_name, fields(push_data).tag)
  },
  ghcr: (body) => {
    const { package: one, registry_package = one } = fields(body)
    const { namespace, name, package_version } = fields(registry_package)
    const { tag } = fields(fields(package_version).container_metadata)
    const owner = text(namespace)?.toLowerCase()
    return hint('ghcr.io', owner && `${owner}/${text(name)?.toLowerCase()}`, fields(tag).name)
  },
  harbor: (body) => {
    // Since 2.8 as a CloudEvent, too, where somebody has chosen that.
    const { type, event_data, data = event_data } = fields(body)
    if (type !== 'PUSH_ARTIFACT' && type !== 'harbor.artifact.pushed') return []
    return list(fields(data).resources).flatMap((resource) =>
      hintOf(fields(resource).resource_url, fields(resource).tag),
    )
  },
  // Its registry sends the events of distribution.
  gitlab: (body) => HOOKS.distribution?.(body) ?? [],
  quay: (body) => {
    const { docker_url, updated_tags } = fields(body)
    return list(updated_tags)
      .flatMap((tag) => hintOf(docker_url, tag))
      .slice(0, 1)
  },
  // A CloudEvent, in its binary form the data alone, or EventBridge's own form of it: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
  ecr: (body) => {
    const { detail, data, account, region } = fields(body)
    const event = fields(detail ?? data ?? body)
    if (event['action-type'] !== 'PUSH' || event.result !== 'SUCCESS') return []
    const host = text(account) && text(region) && `${account}.dkr.ecr.${region}.amazonaws.com`
    return hint(host, event['repository-name'], event['image-tag'])
  },
}
