import { stringify } from 'yaml'
import type { WorkloadReport } from './reconciler.ts'
import { parseReference } from './registry/reference.ts'

/**
 * A Component of kustomize that sets every image to what its policy chooses. An image that two workloads want otherwise is left out: an
 * `images` block knows only names.
 */
export function kustomization(reports: readonly Pick<WorkloadReport, 'containers'>[]): string {
  const wanted = new Map<string, Set<string>>()
  for (const { image, wanted: want } of reports.flatMap(({ containers }) => containers)) {
    if (!want) continue
    const { name } = parseReference(image)
    wanted.set(name, (wanted.get(name) ?? new Set()).add(JSON.stringify(want)))
  }
  const images = [...wanted]
    .filter(([, all]) => all.size === 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, [one = '']]) => {
      const { tag, digest } = JSON.parse(one) as { tag: string; digest: string }
      return { name, newTag: tag, digest }
    })
  return stringify({ apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component', images })
}
