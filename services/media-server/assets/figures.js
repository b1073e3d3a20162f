import { fetchPage } from '../page/live.js'
import { swapChildren } from '../page/swap.js'
import uPlot from '../uPlot/uPlot.esm.js'

const REFRESH_EVERY_MS = 5000
const SHOWN_SECONDS = 300
const HEIGHT = 140

/** @typedef {[times: number[], bitsPerSecond: number[], viewers: number[]]} Columns */

const graphs = /** @type {HTMLElement} */ (document.querySelector('#graphs'))

/** @param {HTMLElement} element */
function columnsOf({ dataset }) {
  return /** @type {Columns} */ (JSON.parse(dataset.samples ?? '[[],[],[]]'))
}

/**
 * The colour that the page gives a class: a canvas does not know the page's variables.
 * @param {HTMLElement} figure @param {string} name
 */
function colorOf(figure, name) {
  const probe = figure.appendChild(document.createElement('i'))
  probe.className = name
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/**
 * @param {HTMLElement} figure
 * @param {(value: number) => string} words
 * @param {number} least the scale goes as far as that
 */
function graph(figure, words, least) {
  const axis = {
    stroke: () => colorOf(figure, 'muted'),
    grid: { stroke: () => colorOf(figure, 'grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  }
  const plot = new uPlot(
    {
      width: figure.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      // Half of the last time.
      padding: [8, 32, 0, 0],
      scales: { y: { range: (_plot, _min, max) => [0, Math.max(least, max * 1.1)] } },
      axes: [
        { ...axis, size: 28, space: 64, values: (_plot, times) => times.map(clock) },
        { ...axis, size: 72, space: 32, values: (_plot, values) => values.map(words) },
      ],
      series: [{}, { stroke: () => colorOf(figure, 'accent'), width: 2, points: { show: false } }],
    },
    [[], []],
    figure,
  )
  new ResizeObserver(() => plot.setSize({ width: figure.clientWidth, height: HEIGHT })).observe(figure)
  return plot
}

/** @param {number} time */
function clock(time) {
  return new Date(time * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}

/** @param {number} bits */
function rate(bits) {
  return bits < 1e6 ? `${Math.round(bits / 1000)} kbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`
}

graphs.hidden = false
const bitrate = graph(/** @type {HTMLElement} */ (graphs.querySelector('#bitrate')), rate, 100_000)
// There are no halves of viewers.
const whole = (/** @type {number} */ value) => (Number.isInteger(value) ? String(value) : '')
const viewers = graph(/** @type {HTMLElement} */ (graphs.querySelector('#viewers')), whole, 4)

/** @param {Columns} columns */
function draw([times, bits, counts]) {
  const now = times.at(-1) ?? Date.now() / 1000
  for (const [plot, values] of /** @type {[uPlot, number[]][]} */ ([
    [bitrate, bits],
    [viewers, counts],
  ])) {
    plot.setData([times, values], false)
    plot.setScale('x', { min: now - SHOWN_SECONDS, max: now })
  }
}

/** What the page would say now. While the server does not answer, what it said last stays. */
async function refresh() {
  const page = await fetchPage()
  if (!page) return
  const facts = page.querySelector('#facts')
  const present = document.querySelector('#facts')
  if (facts && present) swapChildren(present, facts)
  const fresh = /** @type {HTMLElement | null} */ (page.querySelector('#graphs'))
  if (fresh) draw(columnsOf(fresh))
}

draw(columnsOf(graphs))
setInterval(() => document.hidden || refresh().catch(() => {}), REFRESH_EVERY_MS)
const redraw = () => {
  for (const plot of [bitrate, viewers]) plot.redraw()
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['data-theme'] })
