import type { Rule } from './rule.ts'
import { containers } from './rules/containers.ts'
import { operation } from './rules/operation.ts'
import { podSecurity } from './rules/pod-security.ts'
import { references } from './rules/references.ts'
import { rollout } from './rules/rollout.ts'

/** All rules that manifests are held to. */
export const rules: readonly Rule[] = [...podSecurity, ...containers, ...references, ...rollout, ...operation]
