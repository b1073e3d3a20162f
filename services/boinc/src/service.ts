import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'boinc',
  group: 'compute',
  summary: 'gives spare CPU time to science, and loses no work when its node is drained',
  env: Env,
  listeners: [
    {
      name: 'boinc',
      variable: 'PORT',
      protocol: 'http',
      reachedBy: 'everybody',
      shown: { title: 'compute', note: 'projects, tasks, and why nothing is computed' },
    },
  ],
  opsPort: 9102,
  programs: ['boinc-client'],
  calls: { BOINC_PROJECTS_FILE: 'outside' },
  keeps: { BOINC_DIR: 'boinc' },
  replicas: 0,
  imageMegabytes: 170, // Debian's client and what it links
  onByDefault: false,
}
