import { readFile } from 'node:fs/promises'
import type { Client } from '@livepods/boinc'
import { gauge, type Log } from '@livepods/service'

/** Tasks wait for so long at a time: when nobody renews it, since this process is gone, they go on. */
const SECONDS = 60
/** They go on when the load is so much below the limit, in percent, that they do not begin and end at each look. */
const HYSTERESIS = 10

const othersCpu = gauge({
  name: 'boinc_node_cpu_ratio',
  help: 'CPU of the node that is used by what is not nice, as tasks are: 0 to 1.',
})

interface Times {
  busy: number
  all: number
}

/** Lets tasks wait in memory while others need the node. Tasks run with nice 19, so their time counts as nice, and is not among the others'. */
export class Yielding {
  readonly #above: number
  readonly #log: Log
  readonly #read: () => Promise<string>
  #last: Times | undefined
  #isYielding = false

  /** @param above percent of the node's CPU */
  constructor(above: number, log: Log, read = () => readFile('/proc/stat', 'utf8')) {
    this.#above = above
    this.#log = log
    this.#read = read
  }

  get isYielding(): boolean {
    return this.#isYielding
  }

  /** Looks at the node, and tells the client. */
  async act(client: Pick<Client, 'setRunMode'>): Promise<void> {
    const now = timesIn(await this.#read())
    const last = this.#last
    this.#last = now
    if (!last || now.all === last.all) return
    const percent = (100 * (now.busy - last.busy)) / (now.all - last.all)
    othersCpu.set(percent / 100)
    if (percent > this.#above - (this.#isYielding ? HYSTERESIS : 0)) {
      if (!this.#isYielding) this.#log.info({ percent: Math.round(percent) }, 'others need the node: tasks wait')
      this.#isYielding = true
      await client.setRunMode('never', SECONDS)
    } else await this.end(client)
  }

  /** Lets tasks go on, if they wait for us. */
  async end(client: Pick<Client, 'setRunMode'>): Promise<void> {
    if (!this.#isYielding) return
    await client.setRunMode('restore')
    this.#isYielding = false
    this.#log.info('the node has room again: tasks go on')
  }
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal, in ticks. */
function timesIn(text: string): Times {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = text
    .slice(0, text.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number)
  const busy = user + system + irq + softirq + steal
  return { busy, all: busy + nice + idle + iowait }
}
