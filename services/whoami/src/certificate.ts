import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'

/**
 * The subjects of the certificates that a client sent, its own first, as Go's pkix.Name writes them. The authority at the end is left out:
 * clients do not send it, and Node adds it from what it trusts itself.
 */
export function clientSubjects(socket: TLSSocket): string[] {
  const subjects: string[] = []
  let certificate: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(true)
  while (certificate.raw) {
    const { raw, issuerCertificate, fingerprint256 } = certificate
    const isAuthority = issuerCertificate === undefined || issuerCertificate.fingerprint256 === fingerprint256
    if (!isAuthority || subjects.length === 0) subjects.push(subjectOf(raw))
    certificate = isAuthority ? {} : issuerCertificate
  }
  return subjects
}

/** Each attribute, in the order in which Go prints them. */
const NAMES = [
  ['2.5.4.5', 'SERIALNUMBER'],
  ['2.5.4.3', 'CN'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.10', 'O'],
  ['2.5.4.17', 'POSTALCODE'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.6', 'C'],
] as const
/** A certificate has one of each: the last that stands there. */
const SINGLE = new Set(['2.5.4.3', '2.5.4.5'])

interface Attribute {
  type: string
  value: string
}

/** The subject of a certificate. @param der the certificate */
export function subjectOf(der: Buffer): string {
  const attributes = attributesOf(der)
  const known = NAMES.map(([type, name]) => {
    const values = attributes.filter((attribute) => attribute.type === type).map(({ value }) => value)
    return (SINGLE.has(type) ? values.slice(-1) : values).map((value) => `${name}=${escaped(value)}`).join('+')
  })
  const others = attributes
    .filter(({ type }) => !NAMES.some(([known]) => known === type))
    .reverse()
    .map(({ type, value }) => `${type}=#${derOf(value).toString('hex')}`)
  return [...known, ...others].filter(Boolean).join(',')
}

function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[ #]| $/g, (character) => `\\${character}`)
}

/** Go encodes an attribute that it has no name for anew: PrintableString where that can be, else UTF8String. */
function derOf(value: string): Buffer {
  const bytes = Buffer.from(value)
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? 0x13 : 0x0c
  return Buffer.concat([Buffer.from([tag, ...lengthOf(bytes.length)]), bytes])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

/**
 * Certificate ::= { tbsCertificate { [0] version OPTIONAL, serialNumber, signature, issuer, validity, subject, … }, … } (RFC 5280, 4.1);
 * a name is a list of sets of { type OID, value }.
 */
function attributesOf(der: Buffer): Attribute[] {
  const [certificate] = elements(der)
  const [tbs] = elements(certificate?.content)
  const parts = elements(tbs?.content)
  const subject = parts[parts[0]?.tag === 0xa0 ? 5 : 4]
  return elements(subject?.content).flatMap((set) =>
    elements(set.content).map((attribute) => {
      const [type, value] = elements(attribute.content)
      return { type: oidOf(type?.content), value: textOf(value) }
    }),
  )
}

interface Element {
  tag: number
  content: Buffer
}

/** The elements that stand one after the other in DER. */
function elements(der: Buffer = Buffer.alloc(0)): Element[] {
  const found: Element[] = []
  for (let at = 0; at + 2 <= der.length; ) {
    const tag = der.readUInt8(at)
    const first = der.readUInt8(at + 1)
    const more = first & 0x80 ? first & 0x7f : 0
    const length = more > 0 ? der.readUIntBE(at + 2, more) : first
    const begin = at + 2 + more
    found.push({ tag, content: der.subarray(begin, begin + length) })
    at = begin + length
  }
  return found
}

function oidOf(content: Buffer = Buffer.alloc(0)): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    if (numbers.length === 0)
      numbers.push(Math.min(2, Math.floor(number / 40)), number - 40 * Math.min(2, Math.floor(number / 40)))
    else numbers.push(number)
    number = 0
  }
  return numbers.join('.')
}

function textOf({ tag, content }: Element = { tag: 0, content: Buffer.alloc(0) }): string {
  // BMPString, UTF-16 with the high byte first.
  if (tag === 0x1e) return new TextDecoder('utf-16be').decode(content)
  return content.toString(tag === 0x14 ? 'latin1' : 'utf8')
}
