import { isIP, isIPv6 } from 'node:net'
import { Type } from 'typebox'
import Format from 'typebox/format'

// What cannot be the address of anything is refused at the start: as a server that is away it would be waited for without end.
Format.Set('host', isHost)
Format.Set('host:port', isHostPort)
Format.Set('host:port list', (text) => text.split(',').every(isHostPort))
Format.Set('host:port or dns:///host:port', (text) => isHostPort(text.replace(/^dns:\/\/\//, '')))
Format.Set('http URL', isHttpUrl)
Format.Set('http URL or its part behind http://', isHttpUrlOrRest)
Format.Set('rtmp URL list', (text) => text.split(',').every(isRtmpUrl))

export type AddressFormat =
  | 'host'
  | 'host:port'
  | 'host:port list'
  | 'host:port or dns:///host:port'
  | 'http URL'
  | 'http URL or its part behind http://'
  | 'rtmp URL list'

/** The schema of a variable that says where something is; it refuses what is no address of that format. */
export const address = (
  format: AddressFormat,
  description: string,
  options: { default?: string; secret?: true } = {},
) => Type.String({ format, description, ...options })

/** A name or an IP address; four numbers that are none of IPv4 are no name either. */
function isHost(text: string): boolean {
  return isIP(text) !== 0 || (/^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*\.?$/u.test(text) && !/(^|\.)\d+\.?$/.test(text))
}

/** An IPv6 address stands in brackets. */
function isHostPort(text: string): boolean {
  const [, ipv6, host = '', port] = /^(?:\[(.+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  return (ipv6 === undefined ? isHost(host) : isIPv6(ipv6)) && Number(port) > 0 && Number(port) < 65536
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text)
}

/** Nothing that a URL would take for credentials, spaces or a fragment. */
function isHttpUrlOrRest(text: string): boolean {
  const [, scheme = 'http://', rest] =
    /^(https?:\/\/)?((?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(?:\/[^\s#]*)?)$/i.exec(text) ?? []
  return rest !== undefined && URL.canParse(scheme + rest)
}

function isRtmpUrl(text: string): boolean {
  return /^rtmps?:\/\/[^\s/]+\S*$/.test(text) && URL.canParse(text)
}
