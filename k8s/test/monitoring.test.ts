import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { findProgram } from '@livepods/system'
import { declaredMetrics } from '../src/declared-metrics.ts'
import { parse } from '../src/render.ts'

interface Alert {
  alert: string
  expr: string
  annotations: Record<string, string>
}

const component = new URL('../components/monitoring/', import.meta.url)
const [rules] = parse(await readFile(new URL('alerts.yaml', component), 'utf8'))
const alerts = (rules as unknown as { spec: { groups: { rules: Alert[] }[] } }).spec.groups.flatMap(
  (group) => group.rules,
)
const dashboard = await readFile(new URL('livepods.json', component), 'utf8')

test('alerts and dashboard ask for metrics that the services have', async () => {
  const declared = await declaredMetrics()
  const asked = [...alerts.map(({ expr }) => expr), dashboard].join('\n').matchAll(/\blivepods_([a-z_]+)/g)
  const names = [...asked].map(([, name = '']) => name)
  assert.ok(names.length > 10)
  assert.deepEqual(
    names.filter((name) => !declared.has(name) && !declared.has(name.replace(/_(count|sum|bucket)$/, ''))),
    [],
  )
})

/** Labels whose values come with the configuration, or with errors. */
const OPEN_LABELS = ['breaker', 'spool', 'target']
const OPEN_COUNTERS = ['gallery_skipped_total']

test('counters with one label begin at 0 for each of its values: a rate would not see the first burst', async () => {
  const declared = [...(await declaredMetrics())]
  const counters = declared.filter(([, { kind, labels }]) => kind === 'counter' && labels.length === 1)
  assert.ok(counters.length > 15)
  const late = counters.filter(([, { labels, hasValues }]) => !hasValues && !OPEN_LABELS.includes(labels[0] ?? ''))
  assert.deepEqual(late.map(([name]) => name).toSorted(), OPEN_COUNTERS)
})

test('counters are called _total, and nothing else is', async () => {
  for (const [name, { kind }] of await declaredMetrics())
    assert.equal(name.endsWith('_total'), kind === 'counter', name)
})

test('every alert says what it means and leads to a heading of the failures page', async () => {
  const page = await readFile(new URL('../../docs/failures.md', import.meta.url), 'utf8')
  for (const { alert, annotations } of alerts) {
    assert.ok(annotations.summary && annotations.description, alert)
    const [, anchor = ''] = /docs\/failures\.md#([a-z-]+)$/.exec(annotations.runbook_url ?? '') ?? []
    assert.match(page.toLowerCase(), new RegExp(`^## ${anchor.replaceAll('-', ' ')}$`, 'm'), alert)
  }
})

test('the dashboard is one that Grafana reads', () => {
  const { title, panels } = JSON.parse(dashboard) as { title: string; panels: { id: number; targets: unknown[] }[] }
  assert.equal(title, 'Livepods')
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  assert.ok(panels.every(({ targets }) => targets.length > 0))
})

const cases = new URL('alerts.yaml', import.meta.url)
const promtool = process.env.PROMTOOL || findProgram(['promtool'])

test('there is a case in which each alert fires', async () => {
  const text = await readFile(cases, 'utf8')
  const firing = [...text.matchAll(/alertname="(\w+)", alertstate="firing"\}\)',\s+exp_samples: \[\{/g)].map(
    ([, name]) => name,
  )
  assert.deepEqual([...new Set(firing)].toSorted(), alerts.map(({ alert }) => alert).toSorted())
})

test('the alerts fire when they should, and not otherwise', {
  skip: promtool ? false : 'there is no promtool (PROMTOOL, or in PATH)',
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-alerts-'))
  await copyFile(cases, join(folder.path, 'alerts.yaml'))
  // A rule file of Prometheus is the spec of a PrometheusRule; JSON is YAML.
  const { spec } = rules as unknown as { spec: object }
  await writeFile(join(folder.path, 'rules.yaml'), JSON.stringify(spec))
  await promisify(execFile)(promtool ?? '', ['test', 'rules', 'alerts.yaml'], { cwd: folder.path })
})
