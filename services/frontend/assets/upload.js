import { sendPhoto } from './upload-file.js'

/** At once; a browser allows six connections to a server, and the page needs some itself. */
const AT_ONCE = 3
/** A photo that the grid does not show (another filter) is told of for so long. */
const TOLD_MS = 6000

const form = /** @type {HTMLFormElement} */ (document.querySelector('#upload'))
const list = /** @type {HTMLElement} */ (document.querySelector('#uploads'))
/** @type {(() => Promise<void>)[]} */
const waiting = []
let running = 0

const element = (tag, { text = '', ...properties } = {}) => {
  const made = Object.assign(document.createElement(tag), properties)
  if (text) made.textContent = text
  return made
}

/** @param {HTMLElement} row */
const dismiss = (row) => {
  const next = /** @type {HTMLElement | null} */ (
    (row.nextElementSibling ?? row.previousElementSibling)?.querySelector('button')
  )
  const hadFocus = row.contains(document.activeElement)
  row.remove()
  list.hidden = list.children.length === 0
  if (hadFocus) (next ?? form.querySelector('input'))?.focus()
}

const run = () => {
  while (running < AT_ONCE) {
    const work = waiting.shift()
    if (!work) return
    running += 1
    void work().finally(() => {
      running -= 1
      run()
    })
  }
}

/** @param {File} file */
const add = (file) => {
  const row = element('li', { className: 'card upload-row' })
  const name = element('bdi', { text: file.name, title: file.name })
  const bar = /** @type {HTMLProgressElement} */ (element('progress', { max: 1, value: 0 }))
  bar.setAttribute('aria-label', `Sending ${file.name}`)
  const said = element('span', { className: 'said' })
  said.setAttribute('role', 'status')
  const button = (text, act) => {
    const made = element('button', { type: 'button', text, onclick: act })
    made.setAttribute('aria-label', `${text}: ${file.name}`)
    return made
  }
  list.append(row)
  list.hidden = false

  const send = () => {
    const cancelling = new AbortController()
    const cancel = button('Cancel', () => {
      cancelling.abort()
      dismiss(row)
    })
    said.textContent = 'Waiting'
    said.classList.remove('bad')
    bar.value = 0
    row.replaceChildren(name, bar, said, cancel)
    waiting.push(async () => {
      if (cancelling.signal.aborted) return
      const progress = (share) => {
        bar.value = share
        said.textContent = share < 1 ? `${Math.floor(share * 100)} %` : 'Being stored'
      }
      const result = await sendPhoto(file, { progress, signal: cancelling.signal })
      if (!result) return
      bar.remove()
      if ('fault' in result) {
        said.textContent = result.fault
        said.classList.add('bad')
        cancel.replaceWith(
          ...(result.again ? [button('Try again', send)] : []),
          button('Dismiss', () => dismiss(row)),
        )
      } else arrived(result)
    })
    run()
  }

  const arrived = ({ id, isNew }) => {
    const link = element('a', { href: `/photos/${id}`, text: isNew ? 'accepted' : 'here already' })
    said.replaceChildren('This photo is ', link, '.')
    row.replaceChildren(
      name,
      said,
      button('Dismiss', () => dismiss(row)),
    )
    if (!isNew) return
    // The grid shows it from here on.
    const shown = () => document.getElementById(`photo-${id}`) !== null
    const look = new MutationObserver(() => shown() && done())
    const done = () => {
      look.disconnect()
      clearTimeout(timer)
      dismiss(row)
    }
    const timer = setTimeout(done, TOLD_MS)
    const grid = document.querySelector('#grid')
    if (grid) look.observe(grid, { childList: true })
    if (shown()) done()
  }

  send()
}

/** @param {Iterable<File> | null | undefined} files */
const addAll = (files) => {
  for (const file of files ?? []) add(file)
}

form.classList.add('scripted')
for (const hidden of form.querySelectorAll('[hidden]')) hidden.removeAttribute('hidden')
for (const input of form.querySelectorAll('input')) {
  input.required = false
  input.addEventListener('change', () => {
    addAll([...(input.files ?? [])])
    // The same photo can be chosen again.
    input.value = ''
  })
}
form.addEventListener('submit', (event) => event.preventDefault())

const bringsFiles = (event) => event.dataTransfer?.types.includes('Files')
let inside = 0
const mark = (change) => {
  inside = Math.max(0, inside + change)
  document.body.classList.toggle('dropping', inside > 0)
}
addEventListener('dragenter', (event) => bringsFiles(event) && mark(1))
addEventListener('dragleave', (event) => bringsFiles(event) && mark(-1))
addEventListener('dragover', (event) => {
  if (bringsFiles(event)) event.preventDefault()
})
addEventListener('drop', (event) => {
  if (!bringsFiles(event)) return
  event.preventDefault()
  mark(-inside)
  addAll(event.dataTransfer?.files)
})
addEventListener('paste', (event) => {
  const files = event.clipboardData?.files
  if (!files?.length) return
  event.preventDefault()
  addAll(files)
})
