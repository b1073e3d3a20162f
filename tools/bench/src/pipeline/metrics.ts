/** The value of a metric without labels, as /metrics on this port of a process says now; NaN where it says nothing. */
export async function readMetrics(opsPort: number): Promise<(name: string) => number> {
  const response = await fetch(`http://127.0.0.1:${opsPort}/metrics`)
  const lines = (await response.text()).split('\n')
  return (name) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? Number.NaN)
}
