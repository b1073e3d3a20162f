// The page could not be made. As soon as it can, it takes the place of this one.
const ask = async () => {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => undefined)
  if (response && response.status !== 503) location.reload()
}

setInterval(() => void ask(), 2000)
