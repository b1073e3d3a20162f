import { durationText, type Html, html, time } from '@livepods/page'
import type { BreakerStatus } from '../breaker-status.ts'
import { shortened } from './words.ts'

const SHOWN = 8
const MOST_ROWS = 24
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** A part of a status as rows of name and value, whatever it consists of: services may say more than this page knows. */
export function part(name: string, value: unknown): Html {
  return html`${rows(name, value, 0).slice(0, MOST_ROWS)}`
}

export function breakerHistory(history: BreakerStatus['history']): Html | undefined {
  if (history.length === 0) return undefined
  return html`<ol class="transitions">${history
    .slice(-SHOWN)
    .reverse()
    .map(
      ({ at, to, reason }) =>
        html`<li><b>${to}</b> ${time(at)} <span class="muted"><bdi>${shortened(reason, 90)}</bdi></span></li>`,
    )}</ol>`
}

function rows(name: string, value: unknown, depth: number): Html[] {
  if (Array.isArray(value)) return [row(name, value.length > 0 ? html`${value.length}` : 'none')]
  if (typeof value === 'object' && value !== null) {
    if (depth === 2) return []
    return Object.entries(value).flatMap(([key, inner]) =>
      rows(depth === 0 ? `${name} ${words(key)}` : words(key), inner, depth + 1),
    )
  }
  return [row(name, shown(name, value))]
}

function row(name: string, value: Html | string): Html {
  return html`<div><dt>${unitless(words(name))}</dt><dd>${value}</dd></div>`
}

const words = (key: string) =>
  key
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
const unitless = (name: string) => name.replace(/ (ms|seconds|bytes)$/, '')

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
