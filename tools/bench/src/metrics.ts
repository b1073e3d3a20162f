/** The value of a metric by its name and labels, as /metrics says it now; NaN where it says nothing. */
export async function readMetrics(ops: string): Promise<(metric: string) => number> {
  const lines = (await (await fetch(`${ops}/metrics`)).text()).split('\n')
  return (metric) => Number(lines.find((line) => line.startsWith(`${metric} `))?.slice(metric.length))
}
