/** The photo is not worth another try as it is. */
const FINAL = new Set([400, 413, 415, 422])

/**
 * Sends one photo and tells how far it is. `type` is what its bytes say, not its name.
 * @param {File} file
 * @param {{ progress: (share: number) => void, signal: AbortSignal }} options
 * @returns {Promise<{ id: string, isNew: boolean } | { fault: string, again: boolean } | undefined>} undefined: cancelled
 */
export async function sendPhoto(file, { progress, signal }) {
  const type = await typeOf(file)
  if (signal.aborted) return undefined
  if (!type) return { fault: 'This is not a JPEG, PNG or WebP.', again: false }
  return await new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/v1/images')
    request.responseType = 'json'
    request.setRequestHeader('content-type', type)
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0)
    request.onabort = () => resolve(undefined)
    request.onerror = () => resolve({ fault: 'The connection was lost. Nothing was stored.', again: true })
    request.onload = () => {
      const { status, response } = request
      if (status === 202 || status === 200) resolve({ id: response.id, isNew: status === 202 })
      else resolve({ fault: response?.detail ?? `The server answered ${status}.`, again: !FINAL.has(status) })
    }
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

/**
 * @param {Blob} file
 * @returns {Promise<string | undefined>}
 */
async function typeOf(file) {
  const bytes = new Uint8Array(
    await file
      .slice(0, 12)
      .arrayBuffer()
      .catch(() => new ArrayBuffer(0)),
  )
  const text = String.fromCharCode(...bytes)
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG')) return 'image/png'
  return text.startsWith('RIFF') && text.endsWith('WEBP') ? 'image/webp' : undefined
}
