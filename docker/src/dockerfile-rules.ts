import { NODE_IMAGE } from './node-image.ts'

/** What each line of a Dockerfile is: its instruction in capitals, and the rest with continued lines joined. */
function instructions(dockerfile: string): [instruction: string, rest: string][] {
  return dockerfile
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [instruction = '', ...rest] = line.trim().split(/\s+/)
      return [instruction.toUpperCase(), rest.join(' ')]
    })
}

/** Where `bundle.ts` lets Node keep what it has compiled. */
const ENVIRONMENT = 'NODE_ENV=production NODE_COMPILE_CACHE=/livepods/compiled LIVEPODS_VERSION=$VERSION'
const LABELS = ['title', 'description', 'source', 'licenses', 'version', 'revision']

/** The rules of our images, each with its reason, and how a Dockerfile breaks it. */
const RULES: Record<string, (dockerfile: string, programs: readonly string[]) => boolean> = {
  'no "# syntax" line: the builder would have to fetch its own parser': (dockerfile) =>
    /^#\s*syntax\s*=/im.test(dockerfile),
  'no RUN --mount: the classic builder does not know it': (dockerfile) =>
    instructions(dockerfile).some(([name, rest]) => name === 'RUN' && rest.startsWith('--')),
  'no ADD: it fetches and unpacks': (dockerfile) => instructions(dockerfile).some(([name]) => name === 'ADD'),
  'the base is the Node of the catalog, once for all stages': (dockerfile) => {
    const bases = instructions(dockerfile).filter(([name]) => name === 'FROM')
    const [, base] = instructions(dockerfile).find(([name]) => name === 'ARG') ?? []
    return base !== `NODE=${NODE_IMAGE}` || bases.some(([, from]) => !/^\$NODE( AS build)?$/.test(from))
  },
  'the last stage copies only what the build stage gathered': (dockerfile) =>
    lastStage(dockerfile)
      .filter(([name]) => name === 'COPY')
      .join() !== 'COPY,--from=build /livepods /livepods',
  'the last stage runs nothing, but installs the programs of its declaration': (dockerfile, programs) => {
    const install = `apt-get update && apt-get install --yes --no-install-recommends ${programs.join(' ')}`
    const wanted = programs.length === 0 ? [] : [`RUN,${install} && rm -rf /var/lib/apt/lists/*`]
    const runs = lastStage(dockerfile).filter(([name]) => name === 'RUN')
    return runs.join(';') !== wanted.join(';')
  },
  'the user is a number that is not root: Kubernetes can check only that': (dockerfile) =>
    lastStage(dockerfile)
      .filter(([name]) => name === 'USER')
      .join() !== 'USER,10001:10001',
  'CMD is node itself, in exec form: it gets the signals': (dockerfile) =>
    lastStage(dockerfile).at(-1)?.join() !== 'CMD,["node", "src/main.ts"]',
  'NODE_ENV, NODE_COMPILE_CACHE and LIVEPODS_VERSION are set': (dockerfile) =>
    !lastStage(dockerfile).some(([name, rest]) => name === 'ENV' && rest === ENVIRONMENT),
  'all labels are there': (dockerfile) => {
    const labels = lastStage(dockerfile).find(([name]) => name === 'LABEL')?.[1] ?? ''
    return LABELS.some((label) => !labels.includes(`org.opencontainers.image.${label}="`))
  },
  'what listens has a health check without a shell': (dockerfile) => {
    const [exposes, checks] = ['EXPOSE', 'HEALTHCHECK'].map((wanted) =>
      lastStage(dockerfile).filter(([name]) => name === wanted),
    )
    return exposes?.length !== checks?.length || !checks?.every(([, rest]) => rest.includes('CMD ["node", '))
  },
}

/**
 * The rules that a Dockerfile breaks, in words.
 * @param programs Debian packages that its declaration names.
 */
export function faultsOf(dockerfile: string, programs: readonly string[] = []): string[] {
  return Object.keys(RULES).filter((rule) => RULES[rule]?.(dockerfile, programs))
}

function lastStage(dockerfile: string): [string, string][] {
  const all = instructions(dockerfile)
  return all.slice(all.findLastIndex(([name]) => name === 'FROM') + 1)
}
