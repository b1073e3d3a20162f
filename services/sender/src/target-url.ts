/** What RELAY_URL means. */
export interface TargetUrl {
  url: URL
  protocol: 'livepods' | 'plain'
}

const OURS = ['/', '/v1/messages', '/v1/messages/batch']

/** The original has its URLs without a scheme: `relay-svc/relay.php`. */
export function parseTargetUrl(text: string): TargetUrl {
  const url = new URL(/^https?:\/\//i.test(text) ? text : `http://${text}`)
  return { url, protocol: OURS.includes(url.pathname) ? 'livepods' : 'plain' }
}
