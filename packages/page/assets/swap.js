/**
 * Makes the children of `target` those of `wanted`: what is the same (times aside) stays as it is, so that focus, selection and
 * pictures do. Children are told apart by their id.
 * @param {Element} target
 * @param {Element} wanted
 * @param {{ keep?: (present: Element) => boolean }} [options] what is kept as it is although it should be another
 */
export function swapChildren(target, wanted, { keep = () => false } = {}) {
  const kept = new Map([...target.children].map((child) => [child.id, child]))
  const next = [...wanted.children].map((child) => {
    const present = child.id ? kept.get(child.id) : undefined
    return present && (same(present, child) || keep(present)) ? present : refocused(present, child)
  })
  const stay = new Set(next)
  for (const child of [...target.children]) if (!stay.has(child)) child.remove()
  next.forEach((child, index) => {
    if (target.children[index] !== child) target.insertBefore(child, target.children[index] ?? null)
  })
}

/**
 * Puts `wanted` in the place of `present` unless they are the same.
 * @param {Element} present
 * @param {Element} wanted
 */
export function swap(present, wanted) {
  if (!same(present, wanted)) refocused(present, wanted)
}

/**
 * Whether somebody writes in a form of this part, or has written something.
 * @param {Element} part
 */
export function busy(part) {
  if (part.contains(document.activeElement) && document.activeElement?.matches('input, select')) return true
  return [...part.querySelectorAll('input')].some((input) =>
    input.type === 'checkbox' ? input.checked : input.type !== 'hidden' && input.value !== input.defaultValue,
  )
}

/**
 * The element that a piece of the server's HTML describes.
 * @param {string} html
 */
export function elementOf(html) {
  const template = document.createElement('template')
  template.innerHTML = html
  const element = template.content.firstElementChild
  if (!element) throw new Error('The server sent no element.')
  return document.importNode(element, true)
}

/** @param {Element} a @param {Element} b */
function same(a, b) {
  return asSent(a).isEqualNode(asSent(b))
}

/**
 * Without times, and without what somebody has unfolded.
 * @param {Element} element
 */
function asSent(element) {
  const clone = /** @type {Element} */ (element.cloneNode(true))
  for (const time of clone.querySelectorAll('time')) time.textContent = ''
  for (const details of clone.querySelectorAll('details')) details.open = false
  return clone
}

/** @param {Element | undefined} present @param {Element} next */
function refocused(present, next) {
  if (!present) return next
  // A picture that is there already does not flash.
  for (const picture of next.querySelectorAll('[data-keep]')) {
    const shown = [...present.querySelectorAll('[data-keep]')].find((old) => old.isEqualNode(picture))
    if (shown) picture.replaceWith(shown)
  }
  for (const { id } of present.querySelectorAll('details[open]')) {
    const details = next.querySelector(`details[id="${CSS.escape(id)}"]`)
    if (details) /** @type {HTMLDetailsElement} */ (details).open = true
  }
  const focused = present.contains(document.activeElement) ? document.activeElement : null
  const order = focused ? [...present.querySelectorAll(FOCUSABLE)].indexOf(focused) : -1
  present.replaceWith(next)
  if (order >= 0) {
    const place = /** @type {HTMLElement | undefined} */ (next.querySelectorAll(FOCUSABLE)[order])
    place?.focus({ preventScroll: true })
  }
  return next
}

const FOCUSABLE = 'a[href], button, input, select, summary'
