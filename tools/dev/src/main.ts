// `pnpm dev`: the whole suite on this machine, with sample photos, until Ctrl-C.
import { once } from 'node:events'
import { placeSamples, SAMPLE_THRESHOLD } from '@livepods/samples'
import { type Group, UsageError } from '@livepods/service'
import { declarationsIn, System } from '@livepods/system'
import { choose, copiesOf, isCaseStudy } from './choice.ts'
import { DeliveryShow } from './delivery-show.ts'
import { readGiven } from './environment.ts'
import { fetchFaceModels } from './face-engine.ts'
import { Groups } from './groups.ts'
import { MadeUpProject } from './made-up-project.ts'
import { readOptions, USAGE } from './options.ts'
import { parentsGone } from './parents.ts'
import { checkHost, qrCode } from './reachable.ts'
import { showSamples } from './show-samples.ts'
import { Terminal } from './terminal.ts'
import { fromHere, PAGE, pageForOthers, urls } from './urls.ts'

const WATCHER = 'image-watcher'
const terminal = new Terminal()
const announce = (sentence: string) => terminal.say(sentence)

/** Aborts at the first request to stop; the second one is not argued with. */
function stopRequested(): AbortSignal {
  const stop = new AbortController()
  const request = (reason: string) => {
    if (stop.signal.aborted) process.exit(1)
    announce(`${reason}: stopping everything`)
    stop.abort(new Error(reason))
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => request(name))
  parentsGone().addEventListener('abort', () => request('what started this is gone'))
  return stop.signal
}

async function develop(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') return console.log(USAGE)
  terminal.verbose = options.verbose
  const { host, port } = options
  const accessTokens = process.env.ACCESS_TOKENS_FILE || undefined
  checkHost(host, accessTokens)
  const declarations = choose(options.choice, await declarationsIn(options.root))
  const signal = stopRequested()
  const startedAt = performance.now()
  const given = readGiven(declarations, process.env)
  const { database, queue, ports, folders } = given
  if (given.ignored.length > 0)
    announce(`not taken, as processes are told of each other here: ${given.ignored.join(', ')}`)
  const samples = options.samples && !folders.KNOWN_PEOPLE && !folders.UNKNOWN_PEOPLE
  if (options.samples && !samples) announce('no sample photos, as the folders of pictures are your own')
  const project = MadeUpProject.isNeeded(declarations, process.env) ? new MadeUpProject(options.directory) : undefined
  announce(`starting; everything it keeps lies in ${fromHere(options.directory)}`)
  const engine = options.engine ?? process.env.FACE_ENGINE
  if (engine === 'opencv' && !folders.FACE_MODELS) await fetchFaceModels(declarations, announce)
  const watches = declarations.some(({ name }) => name === WATCHER)
  const hasCluster = Boolean(process.env.KUBERNETES_URL || process.env.KUBECONFIG)
  await using stack = new AsyncDisposableStack()
  const show = watches && !hasCluster ? stack.use(await DeliveryShow.start()) : undefined
  if (show)
    announce(`${WATCHER} looks at a cluster and a registry that only play; KUBERNETES_URL or KUBECONFIG name real ones`)
  await using system = await System.launch({
    declarations,
    copies: copiesOf(options.choice, declarations),
    directory: options.directory,
    fresh: options.fresh,
    environment: {
      FACE_THRESHOLD: process.env.FACE_THRESHOLD ?? SAMPLE_THRESHOLD,
      PRINT_MESSAGES: process.env.PRINT_MESSAGES ?? `${isCaseStudy(options.choice)}`,
      ...(engine && { FACE_ENGINE: engine }),
      ...folders,
      ...project?.environment,
    },
    ...(show && {
      environments: { [WATCHER]: { INTERVAL_SECONDS: process.env.INTERVAL_SECONDS ?? '5', ...show.environment } },
    }),
    ports: { ...ports, ...(port !== undefined && { [PAGE]: port }) },
    host,
    database,
    queue,
    accessTokens,
    ...(samples && { prepare: placeSamples }),
    onLine: (name, line) => terminal.line(name, line),
    announce,
    signal,
  })
  await using _project = await project?.start(announce)
  const groups = new Groups({ system, declarations, announce })
  const shown = () => ({ system, declarations: groups.running, given, host })
  const block = () => {
    terminal.table(urls(shown()))
    for (const sentence of groups.sentences()) announce(sentence)
    if (accessTokens) announce(`pages and APIs ask for a token of ${accessTokens}`)
    announce(`Stop with Ctrl-C, or: kill ${process.pid}.${options.verbose ? '' : ' See more with --verbose.'}`)
  }
  const follow = async (group: Group) => {
    await groups.ready(group)
    if (groups.isUseful(group))
      announce(`${group}: ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    const page = group === 'faces' && pageForOthers(shown())
    if (page) terminal.show(qrCode(page))
    terminal.block(block)
    if (!samples || group !== 'faces' || !groups.running.some(({ name }) => name === 'receiver')) return
    await showSamples(system, { announce, signal }).catch((error) => {
      signal.throwIfAborted()
      announce(`the samples do not go through: ${error.message}`)
    })
    terminal.block(block)
  }
  try {
    await Promise.all(groups.names.map(follow))
  } catch (error) {
    // Whoever stops it while a group is late does not want to hear that it is.
    if (!signal.aborted) throw error
  }
  if (!signal.aborted) await once(signal, 'abort')
}

try {
  await develop()
  terminal[Symbol.dispose]()
  announce('stopped')
  process.exit(0)
} catch (error) {
  terminal.say((error as Error).message)
  process.exit(error instanceof UsageError ? error.exitCode : 1)
}
