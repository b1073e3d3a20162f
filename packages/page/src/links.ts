export interface Link {
  name: string
  url: string
}

/** The pattern of an environment variable that holds links: `name=url` pairs, comma separated. */
export const LinkList = '^([^=,]+=(https?://|/)[^,]*(,|$))*$'

/** The links of such a variable, in its order. Throws TypeError, naming the pair, when one is no `name=http://…` or `name=/…`. */
export function parseLinks(list: string): Link[] {
  return list
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [, name, url] = /^([^=]+)=((?:https?:\/\/|\/).*)$/.exec(pair) ?? []
      if (!name || !url || !URL.canParse(url, 'http://here')) {
        throw new TypeError(`"${pair}" is no link; write name=http://host:port or name=/path.`)
      }
      return { name: name.trim(), url }
    })
}
