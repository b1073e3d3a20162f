import type { Service } from '@livepods/service'
import type { Declared } from '@livepods/system'

/** Who is called for clients of others trusts these others: else all their clients are one, and share what one may have. */
export function trustFaults(
  { name }: Service,
  environment: Record<string, string>,
  declared: readonly Declared[],
): string[] {
  return declared
    .filter(({ forwards = [] }) => forwards.includes(name) && !environment.TRUST_PROXY)
    .map((forwarder) => `TRUST_PROXY is not set: all clients of ${forwarder.name} count as one`)
}
