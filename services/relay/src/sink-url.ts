import { EnvironmentError } from '@livepods/service'
import type { Config } from './config.ts'

/** Where messages go, and how. Throws EnvironmentError. */
export function sinkOf({ SINK_URL, SINK_PROTOCOL }: Pick<Config, 'SINK_URL' | 'SINK_PROTOCOL'>) {
  const url = URL.parse(/^[a-z]+:\/\//i.test(SINK_URL) ? SINK_URL : `http://${SINK_URL}`)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new EnvironmentError([`SINK_URL ${SINK_URL}: it must be an address such as http://sink:8084.`])
  const isOurs = url.pathname === '/' || url.pathname === '/v1/messages'
  return { url, protocol: SINK_PROTOCOL ?? (isOurs ? 'livepods' : 'plain') }
}
