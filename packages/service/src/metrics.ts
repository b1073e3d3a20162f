import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client'

const PREFIX = 'livepods_'

interface Definition<L extends string> {
  /** Without the prefix `livepods_`, with the unit at the end: `http_request_duration_seconds`. */
  name: string
  help: string
  labels?: readonly L[]
}

/** The counter of this name; made at the first call, the same one afterwards. */
export function counter<L extends string = never>({ name, help, labels = [] }: Definition<L>): Counter<L> {
  const made = register.getSingleMetric(PREFIX + name) as Counter<L> | undefined
  return made ?? new Counter({ name: PREFIX + name, help, labelNames: labels })
}

/** The gauge of this name; made at the first call, the same one afterwards. */
export function gauge<L extends string = never>({ name, help, labels = [] }: Definition<L>): Gauge<L> {
  const made = register.getSingleMetric(PREFIX + name) as Gauge<L> | undefined
  return made ?? new Gauge({ name: PREFIX + name, help, labelNames: labels })
}

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

/** Adds CPU, memory, garbage collection and event-loop lag of this process; once is enough. */
export function collectProcessMetrics(): void {
  if (!register.getSingleMetric(`${PREFIX}nodejs_eventloop_lag_seconds`)) collectDefaultMetrics({ prefix: PREFIX })
}

/** All metrics in Prometheus' text format, with its content type. */
export async function exposition(): Promise<{ contentType: string; text: string }> {
  return { contentType: register.contentType, text: await register.metrics() }
}
