import type { Nemeses } from './fault.ts'
import { type HealTimes, healTimes } from './heal-times.ts'
import type { Healing } from './healing.ts'
import type { Verdict } from './judge.ts'
import type { Report } from './report.ts'
import { timeline } from './timeline.ts'

const STYLE = `:root{color-scheme:light dark;--ink:light-dark(#1c1c1e,#ececef);--soft:light-dark(#6b6b70,#9a9aa0);--line:light-dark(#d9d9de,#3a3a3e);
--paper:light-dark(#fff,#161618);--bad:light-dark(#b3261e,#ff8a80);--good:light-dark(#1b6e3a,#7fd39b);--one:light-dark(#2457c5,#8ab4ff);--two:light-dark(#b06000,#ffb95c)}
body{margin:2rem auto;max-width:70rem;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.bad{color:var(--bad)}.good{color:var(--good)}.soft{color:var(--soft)}svg{width:100%;height:auto;display:block}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{overflow-x:auto}ul{margin:.2rem 0;padding-left:1.2rem}`

export interface PageOptions {
  /** As it was typed. */
  command: string
  /** Those of the trial, by name. */
  nemeses: Nemeses
}

/** The report as one page that needs nothing else. */
export function reportPage(report: Report, { command, nemeses }: PageOptions): string {
  const { lost, twice, stuck, holds, drainSeconds, mutation } = report
  const drained = drainSeconds === undefined ? 'not all final in time' : `all final after ${drainSeconds.toFixed(1)} s`
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Chaos ${report.seed}</title><style>${STYLE}</style>
<h1 class="${holds ? 'good' : 'bad'}">lost ${lost}, twice ${twice}, stuck ${stuck}</h1>
<p>${escaped(report.startedAt)} · seed ${report.seed} · <code>${escaped(command)}</code>${mutation ? ` · with the mistake “${escaped(mutation)}”` : ''}<br>
operations: ${counts(report.operations)} · outcomes: ${counts(report.outcomes)} · ${drained}</p>
<h2>Faults and throughput</h2>
${timeline(report)}
<h2>Invariants</h2>
<table>${report.verdicts.map(verdictRow).join('')}</table>
<h2>Seconds to heal</h2>
<p class="soft">From the end of a fault until work flowed (something sent later was accepted, and something accepted later was
final), and until all that was open at its end was final. Of faults that no other overlapped, where there are any.</p>
<table><tr><th>fault<th>what it does<th class="n">times<th class="n">flows: median<th class="n">most<th class="n">settled: median<th class="n">most</tr>
${healTimes(report.healings)
  .map((times) => healRow(times, nemeses))
  .join('')}</table>
<h2>Every fault</h2>
<table><tr><th class="n">at s<th>fault<th>target<th class="n">for s<th class="n">flows after s<th class="n">settled after s</tr>
${report.healings.map((healing) => faultRow(healing, report.stormBeganAt)).join('')}</table>
${skipped(report)}`
}

function verdictRow({ id, title, violations }: Verdict): string {
  return `<tr><td>${id}<td>${escaped(title)}<td class="${verdictClass(violations)}">${violationsOf(violations)}`
}

function healRow({ nemesis, count, flows, settled }: HealTimes, nemeses: Nemeses): string {
  const numbers = [...flows, ...settled].map((value) => `<td class="n">${seconds(value)}`).join('')
  return `<tr><td>${nemesis}<td class="soft">${nemeses[nemesis]?.does}<td class="n">${count}${numbers}`
}

function faultRow({ fault, flows, settled, overlapped }: Healing, stormBeganAt: number): string {
  const { nemesis, amount, target, beganAt, endedAt } = fault
  const numbers = [(endedAt - beganAt) / 1000, flows, settled]
    .map((value) => `<td class="n">${seconds(value)}`)
    .join('')
  const more = overlapped ? ' <span class="soft">(others, too)</span>' : ''
  return `<tr><td class="n">${seconds((beganAt - stormBeganAt) / 1000)}<td>${nemesis} ${amount ?? ''}<td>${escaped(target)}${numbers}${more}`
}

function skipped({ faults }: Report): string {
  const missed = faults.filter(({ skipped }) => skipped)
  if (missed.length === 0) return ''
  return `<h2>Not had</h2><ul>${missed.map(({ nemesis, target, skipped }) => `<li>${nemesis} ${escaped(target)}: ${escaped(skipped ?? '')}`).join('')}</ul>`
}

function violationsOf(violations: string[] | undefined): string {
  if (!violations) return 'does not apply'
  if (violations.length === 0) return 'holds'
  return `${violations.length} violations<ul>${violations
    .slice(0, 20)
    .map((violation) => `<li>${escaped(violation)}`)
    .join('')}</ul>`
}

function verdictClass(violations: string[] | undefined): string {
  if (!violations) return 'soft'
  return violations.length === 0 ? 'good' : 'bad'
}

function counts(numbers: Record<string, number>): string {
  return Object.entries(numbers)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
}

function seconds(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? 'never' : value.toFixed(1)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
