// Not a module: it must run before the first paint, or a page in the other theme flashes.
;(() => {
  const THEMES = ['auto', 'light', 'dark']
  const root = document.documentElement
  const read = () => {
    try {
      return localStorage.getItem('theme') ?? 'auto'
    } catch {
      return 'auto'
    }
  }
  const apply = (theme) => {
    if (theme === 'auto') delete root.dataset.theme
    else root.dataset.theme = theme
  }
  apply(read())
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.querySelector('#theme')
    const word = button?.querySelector('span')
    if (!button || !word) return
    const show = (theme) => (word.textContent = `Theme: ${theme}`)
    show(read())
    button.hidden = false
    button.addEventListener('click', () => {
      const theme = THEMES[(THEMES.indexOf(read()) + 1) % THEMES.length] ?? 'auto'
      try {
        localStorage.setItem('theme', theme)
      } catch {
        // Without storage the choice holds for this page only.
      }
      apply(theme)
      show(theme)
    })
  })
})()
