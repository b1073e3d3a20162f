import { RegistryError } from './errors.ts'
import type { Answer } from './exchange.ts'
import { isTag } from './reference.ts'

/** More tags than this are not looked at. */
export const MAX_TAGS = 10_000
const PAGE = 1000

/** All tags of a repository, page after page. Rejects with RegistryError. */
export async function listTags(ask: (url: URL) => Promise<Answer>, first: URL): Promise<string[]> {
  const tags: string[] = []
  const asked = new Set<string>()
  first.searchParams.set('n', `${PAGE}`)
  let next: URL | undefined = first
  while (next) {
    if (asked.has(next.href)) throw new RegistryError('INVALID', `${first.host} lists the same tags again and again.`)
    asked.add(next.href)
    const answer = await ask(next)
    tags.push(...tagsIn(answer))
    if (tags.length > MAX_TAGS) throw new RegistryError('INVALID', `A repository has more than ${MAX_TAGS} tags.`)
    next = nextPage(answer, next)
  }
  return tags
}

function tagsIn({ body, url }: Answer): string[] {
  try {
    // A repository whose tags were all deleted has `null`.
    const { tags } = JSON.parse(body.toString('utf8')) as { tags: unknown }
    if (tags === null) return []
    if (Array.isArray(tags)) return tags.filter((tag) => typeof tag === 'string' && isTag(tag))
  } catch (cause) {
    throw new RegistryError('INVALID', `${url.host} answered no list of tags.`, { cause })
  }
  throw new RegistryError('INVALID', `${url.host} answered no list of tags.`)
}

/** `Link: </v2/name/tags/list?last=x&n=1000>; rel="next"` (RFC 8288). */
function nextPage({ headers }: Answer, current: URL): URL | undefined {
  const links = [headers.link ?? []].flat().join(',')
  for (const [, target = '', parameters = ''] of links.matchAll(
    /<([^>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^",;\s]+))*)/g,
  )) {
    const [, quoted, bare] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]+))/i.exec(parameters) ?? []
    if (!(quoted ?? bare ?? '').toLowerCase().split(/\s+/).includes('next')) continue
    const url = URL.canParse(target, current.href) ? new URL(target, current) : undefined
    if (url?.origin === current.origin) return url
    throw new RegistryError('INVALID', `${current.host} has the next tags elsewhere: "${target.slice(0, 200)}".`)
  }
  return undefined
}
