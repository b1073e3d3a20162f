import { durationText, type Html, html, time } from '@livepods/page'
import type { BreakerStatus } from '../breaker-status.ts'
import { shortened } from './words.ts'

const SHOWN = 8
const MOST_ROWS = 24
/** Parts whose public name is older than the word that people know. */
const KNOWN_AS: Record<string, string> = { wakeUps: 'notifications', look: 're-match' }
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** The parts of a status, whatever they consist of: services may say more than this page knows. */
export function partList(parts: [name: string, value: unknown][]): Html {
  const plain = parts.filter(([, value]) => !isGroup(value))
  const groups = parts.filter(([, value]) => isGroup(value)) as [string, Record<string, unknown>][]
  return html`${plain.length > 0 && html`<dl class="parts">${plain.flatMap(([name, value]) => rows(name, value, 1))}</dl>`}
${groups.map(([name, group]) => {
  const inner = Object.entries(group).flatMap(([key, value]) => rows(key, value, 1))
  return html`<h3>${KNOWN_AS[name] ?? words(name)}</h3><dl class="parts">${inner.slice(0, MOST_ROWS)}</dl>`
})}`
}

const isGroup = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The last first; with the name of the process where it was not one alone. */
export function breakerHistory(history: BreakerStatus['history']): Html | undefined {
  if (history.length === 0) return undefined
  const shown = history.slice(-SHOWN).reverse()
  const ofSeveral = new Set(shown.map(({ process }) => process)).size > 1
  return html`<ol class="transitions">${shown.map(({ at, to, reason, process }) => {
    const whose = ofSeveral && process !== '' && html`<bdi>${shortened(process, 60)}</bdi>: `
    return html`<li><b>${to}</b> ${time(at)} <span class="muted">${whose}<bdi>${shortened(reason, 90)}</bdi></span></li>`
  })}</ol>`
}

function rows(name: string, value: unknown, depth: number): Html[] {
  if (Array.isArray(value)) return [row(name, list(value))]
  if (!isGroup(value)) return [row(name, shown(name, value))]
  if (depth === 3) return []
  return Object.entries(value as object).flatMap(([key, inner]) => rows(`${name} ${words(key)}`, inner, depth + 1))
}

function list(items: unknown[]): Html | string {
  if (items.length === 0) return 'none'
  const some = items
    .slice(0, SHOWN)
    .map((item) => html`<li>${isGroup(item) ? inWords(item as object) : shown('', item)}</li>`)
  return html`<ul>${some}${items.length > SHOWN && html`<li>and ${items.length - SHOWN} more</li>`}</ul>`
}

function inWords(group: object): Html[] {
  return Object.entries(group)
    .filter(([, value]) => typeof value !== 'object')
    .slice(0, 4)
    .map(([key, value], index) => html`${index > 0 && ', '}${unitless(words(key))} ${shown(key, value)}`)
}

function row(name: string, value: Html | string): Html {
  return html`<div><dt>${unitless(words(name))}</dt><dd>${value}</dd></div>`
}

const words = (key: string) =>
  key
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
const unitless = (name: string) => name.replace(/ (ms|seconds|bytes|at)$/, '')

function shown(name: string, value: unknown): Html | string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return number(words(name), value)
  const text = String(value)
  if (ISO.test(text)) return time(new Date(text))
  // Digests and ids are recognised by their beginning.
  if (/^[0-9a-f]{32,}$/.test(text)) return html`<code title="${text}">${text.slice(0, 12)}</code>`
  return html`<bdi>${shortened(text, 120)}</bdi>`
}

function number(name: string, value: number): string {
  if (name.endsWith(' ms')) return durationText(value)
  if (name.endsWith(' seconds')) return durationText(value * 1000)
  if (name.endsWith(' bytes')) return `${(value / 1024 / 1024).toFixed(1)} MB`
  return value.toLocaleString('en', { maximumFractionDigits: 3 })
}
