/** A text is not XML as BOINC writes it. */
export class XmlError extends Error {
  override readonly name = 'XmlError'
  readonly code = 'NOT_XML'
}

/** An element; attributes are not kept, as BOINC gives none a meaning. */
export class XmlElement {
  readonly children: XmlElement[] = []
  /** What stands in it outside of its children, trimmed. */
  text = ''
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** The first child of this name. */
  child(name: string): XmlElement | undefined {
    return this.children.find((child) => child.name === name)
  }

  all(name: string): XmlElement[] {
    return this.children.filter((child) => child.name === name)
  }

  /** The text of a child; empty where there is none. */
  textOf(name: string): string {
    return this.child(name)?.text ?? ''
  }

  /** The number in a child; 0 where there is none. */
  numberOf(name: string): number {
    const value = Number(this.textOf(name))
    return Number.isFinite(value) ? value : 0
  }

  /** `<name/>` and `<name>1</name>` are true. */
  has(name: string): boolean {
    const child = this.child(name)
    return child !== undefined && child.text !== '0'
  }
}

const MAX_DEPTH = 64
const TOKEN = /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([\w:.-]+)([^<>]*?)(\/?)>|([^<]+)/y
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The one root element of a text. Throws XmlError. */
export function parseXml(text: string): XmlElement {
  const document = new XmlElement('')
  const open = [document]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const [token, data, closes, name, , empty, words] = TOKEN.exec(text) ?? []
    if (token === undefined) throw new XmlError(`There is no markup at ${at}: ${text.slice(at, at + 40)}`)
    const parent = open.at(-1) as XmlElement
    if (words !== undefined || data !== undefined) parent.text += data ?? unescapeXml(words ?? '')
    else if (closes) {
      if (parent.name !== name) throw new XmlError(`</${name}> closes <${parent.name}> at ${at}.`)
      parent.text = parent.text.trim()
      open.pop()
    } else if (name !== undefined) {
      const element = new XmlElement(name)
      parent.children.push(element)
      if (empty) continue
      if (open.push(element) > MAX_DEPTH) throw new XmlError(`Elements are nested more than ${MAX_DEPTH} deep.`)
    }
  }
  const [root, ...others] = document.children
  if (open.length > 1) throw new XmlError(`<${open.at(-1)?.name}> is not closed.`)
  if (!root || others.length > 0 || document.text.trim() !== '') throw new XmlError('There is not one root element.')
  return root
}

/** Text as the content of an element. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
