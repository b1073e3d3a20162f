import { relativeTime } from './relative-time.js'

// The server's clock rules: the page says what it was when it was made, the browser's own may be wrong.
const madeAt = Number(document.documentElement.dataset.now)
const offset = madeAt ? madeAt - (Date.now() - Math.min(performance.now(), 5000)) : 0

setInterval(() => {
  if (document.hidden) return
  const now = Date.now() + offset
  for (const time of document.querySelectorAll('time[datetime]')) {
    const fromNow = Date.parse(time.dateTime) - now
    const text = relativeTime('until' in time.dataset ? Math.max(0, fromNow) : fromNow)
    if (time.textContent !== text) time.textContent = text
  }
}, 1000)
