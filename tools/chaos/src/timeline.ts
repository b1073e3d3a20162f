import type { PlayedFault } from './fault.ts'
import type { Report } from './report.ts'

const WIDTH = 1100
const CHART = 160
const ROW = 16
const GAP = 24

/** A drawing (SVG): how much was accepted and final per second above, what was wrong when below. */
export function timeline({ seconds, faults, stormBeganAt }: Report): string {
  const start = Math.min(seconds[0]?.at ?? stormBeganAt, stormBeganAt)
  const end = Math.max(seconds.at(-1)?.at ?? start, ...faults.map(({ endedAt }) => endedAt), start + 1000)
  const x = (at: number) => (((at - start) / (end - start)) * WIDTH).toFixed(1)
  const rates = seconds.slice(1).map((second, index) => {
    const before = seconds[index] ?? second
    const perSecond = 1000 / Math.max(1, second.at - before.at)
    return {
      at: second.at,
      accepted: (second.accepted - before.accepted) * perSecond,
      final: (second.final - before.final) * perSecond,
    }
  })
  const most = Math.max(1, ...rates.map(({ accepted, final }) => Math.max(accepted, final)))
  const line = (what: 'accepted' | 'final', colour: string) =>
    `<polyline fill="none" stroke="var(${colour})" stroke-width="1.5" points="${rates.map((rate) => `${x(rate.at)},${(CHART - (rate[what] / most) * (CHART - 12)).toFixed(1)}`).join(' ')}"/>`
  const rows = inRows(faults)
  const height = CHART + GAP + rows.length * ROW
  const bars = rows.flatMap((row, index) =>
    row.map((fault) => {
      const y = CHART + GAP + index * ROW
      const width = Math.max(3, Number(x(fault.endedAt)) - Number(x(fault.beganAt)))
      const label = `${fault.nemesis} ${fault.target}`
      return `<g><title>${label}</title><rect x="${x(fault.beganAt)}" y="${y}" width="${width}" height="${ROW - 4}" fill="var(--bad)" opacity=".6"/><text x="${Number(x(fault.beganAt)) + 2}" y="${y + 10}" font-size="9" fill="currentColor">${label}</text></g>`
    }),
  )
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Throughput and faults over time">
<text x="0" y="10" font-size="11" fill="currentColor">${Math.round(most)} a second</text>
<text x="90" y="10" font-size="11" fill="var(--one)">accepted</text><text x="150" y="10" font-size="11" fill="var(--two)">final</text>
<line x1="0" x2="${WIDTH}" y1="${CHART}" y2="${CHART}" stroke="var(--line)"/>${line('accepted', '--one')}${line('final', '--two')}
<text x="0" y="${CHART + 14}" font-size="11" fill="var(--soft)">0 s</text><text x="${WIDTH}" y="${CHART + 14}" font-size="11" text-anchor="end" fill="var(--soft)">${Math.round((end - start) / 1000)} s</text>
${bars.join('')}</svg>`
}

/** Faults in as few rows as their labels (of a second per 40 pixels at least) allow. */
function inRows(faults: readonly PlayedFault[]): PlayedFault[][] {
  const first = Math.min(...faults.map(({ beganAt }) => beganAt))
  const last = Math.max(...faults.map(({ endedAt }) => endedAt))
  const room = Math.max(1000, ((last - first) / WIDTH) * 150)
  const rows: PlayedFault[][] = []
  for (const fault of faults.toSorted((a, b) => a.beganAt - b.beganAt)) {
    const row = rows.find((row) => {
      const before = row.at(-1)
      return before && Math.max(before.endedAt, before.beganAt + room) < fault.beganAt
    })
    if (row) row.push(fault)
    else rows.push([fault])
  }
  return rows
}
