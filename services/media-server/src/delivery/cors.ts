/** Players run on pages of other sites, too; what they may see, their token says. */
export const SHARED = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'content-length, content-range, date, etag',
  'cross-origin-resource-policy': 'cross-origin',
}

export const METHODS = 'GET, HEAD, POST, OPTIONS'

/** The answer to a browser that asks whether a page may ask. */
export const PREFLIGHT = {
  ...SHARED,
  'access-control-allow-methods': METHODS,
  'access-control-allow-headers': 'authorization, content-type, if-none-match, range',
  'access-control-max-age': '86400',
}
