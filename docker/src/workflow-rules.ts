import { parse } from 'yaml'

interface Workflow {
  on: Record<string, unknown>
  permissions?: Record<string, string>
  jobs: Record<string, { 'timeout-minutes'?: number; permissions?: Record<string, string>; steps: Step[] }>
}

interface Step {
  run?: string
  uses?: string
  with?: Record<string, unknown>
}

/** The rules of our workflows, each with its reason, and how one breaks it. */
const RULES: Record<string, (workflow: Workflow, text: string) => boolean> = {
  'actions are named by commit, with the version for people: a tag can be moved': (_workflow, text) =>
    [...text.matchAll(/uses: (.*)/g)].some(
      ([, action]) => !/^[\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? ''),
    ),
  'a workflow may only read; a job that may more says so': ({ permissions }) =>
    JSON.stringify(permissions) !== '{"contents":"read"}',
  'a workflow that others may start has nothing to give away': ({ on, jobs }) =>
    'pull_request_target' in on || ('pull_request' in on && Object.values(jobs).some(({ permissions }) => permissions)),
  'every job has its time': ({ jobs }) => Object.values(jobs).some((job) => !job['timeout-minutes']),
  'a checkout leaves no token behind': ({ jobs }) =>
    stepsOf(jobs).some(
      (step) => step.uses?.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false,
    ),
  'scripts get what comes from outside as variables, not as text': ({ jobs }) =>
    stepsOf(jobs).some(({ run }) => run?.includes('${{')),
}

/** The rules that a workflow breaks, in words. */
export function workflowFaults(text: string): string[] {
  const workflow = parse(text) as Workflow
  return Object.keys(RULES).filter((rule) => RULES[rule]?.(workflow, text))
}

function stepsOf(jobs: Workflow['jobs']): Step[] {
  return Object.values(jobs).flatMap(({ steps }) => steps)
}
