// The page could not be made. As soon as it can, it takes the place of this one.
const timer = setInterval(async () => {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => undefined)
  if (!response || response.status === 503) return
  clearInterval(timer)
  location.reload()
}, 2000)
