import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client'
import { version } from './version.ts'

const PREFIX = 'livepods_'

interface Definition<L extends string> {
  /** Without the prefix `livepods_`, with the unit at the end: `http_request_duration_seconds`. */
  name: string
  help: string
  labels?: readonly L[]
}

interface RenamedDefinition<L extends string> extends Definition<L> {
  /** What it was called in the last version: exported under that name, too, for dashboards and rules that do not have the new one yet. */
  formerName?: string
}

interface CounterDefinition<L extends string> extends RenamedDefinition<L> {
  /** All values of its one label: their series begin at 0, so that a rate sees the first increase, too. */
  values?: readonly string[]
}

/** The counter of this name; made at the first call, the same one afterwards. */
export function counter<L extends string = never>(definition: CounterDefinition<L>): Counter<L> {
  const { name, help, labels = [], values = [], formerName } = definition
  const made = register.getSingleMetric(PREFIX + name) as Counter<L> | undefined
  if (made) return made
  const counter = new Counter({ name: PREFIX + name, help, labelNames: labels })
  for (const value of values) counter.inc(Object.fromEntries(labels.map((label) => [label, value])) as never, 0)
  if (formerName !== undefined)
    new Counter({
      ...deprecated(formerName, name),
      labelNames: labels,
      async collect() {
        this.reset()
        for (const { labels, value } of (await counter.get()).values) this.inc(labels, value)
      },
    })
  return counter
}

/** The gauge of this name; made at the first call, the same one afterwards. */
export function gauge<L extends string = never>(definition: RenamedDefinition<L>): Gauge<L> {
  const { name, help, labels = [], formerName } = definition
  const made = register.getSingleMetric(PREFIX + name) as Gauge<L> | undefined
  if (made) return made
  const gauge = new Gauge({ name: PREFIX + name, help, labelNames: labels })
  if (formerName !== undefined)
    new Gauge({
      ...deprecated(formerName, name),
      labelNames: labels,
      async collect() {
        this.reset()
        for (const { labels, value } of (await gauge.get()).values) this.set(labels, value)
      },
    })
  return gauge
}

const deprecated = (formerName: string, name: string) => ({
  name: PREFIX + formerName,
  help: `Deprecated, gone with the next version: use ${PREFIX}${name}.`,
})

/** The histogram of this name (seconds unless `buckets` say otherwise); made at the first call, the same one afterwards. */
export function histogram<L extends string = never>({
  name,
  help,
  labels = [],
  buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
}: Definition<L> & { buckets?: number[] }): Histogram<L> {
  const made = register.getSingleMetric(PREFIX + name) as Histogram<L> | undefined
  return made ?? new Histogram({ name: PREFIX + name, help, labelNames: labels, buckets })
}

/** Adds the version, and CPU, memory, garbage collection and event-loop lag of this process; once is enough. */
export function collectProcessMetrics(): void {
  if (register.getSingleMetric('nodejs_eventloop_lag_seconds')) return
  gauge({ name: 'build_info', help: '1, with the version of the suite.', labels: ['version'] }).set({ version }, 1)
  collectDefaultMetrics()
  // Their names until now, gone with the next version.
  collectDefaultMetrics({ prefix: PREFIX })
  // These are gauges: a name with _total is read as that of a counter.
  for (const prefix of ['', PREFIX]) for (const name of MISNAMED) register.removeSingleMetric(prefix + name)
}

const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

/** All metrics in Prometheus' text format, with its content type. */
export async function exposition(): Promise<{ contentType: string; text: string }> {
  return { contentType: register.contentType, text: await register.metrics() }
}
