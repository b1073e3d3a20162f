import { networkInterfaces } from 'node:os'

/** What a message says: as the original, with the address of this host and the time as `date` prints it. */
export function textOf(now: Date): string {
  return `Message sent from ${ownAddress()} on ${formatDate(now)}`
}

/** The first IPv4 address that is not that of the loopback interface, as of `hostname -i`. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

const parts = new Intl.DateTimeFormat('en-US', {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
})

/** Mon Nov 30 15:37:29 UTC 2026, in the zone of TZ. */
export function formatDate(date: Date): string {
  const part = Object.fromEntries(parts.formatToParts(date).map(({ type, value }) => [type, value]))
  const { weekday, month, day = '', hour, minute, second, timeZoneName, year } = part
  return `${weekday} ${month} ${day.padStart(2)} ${hour}:${minute}:${second} ${timeZoneName} ${year}`
}
