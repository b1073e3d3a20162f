import { styleText } from 'node:util'
import { isLoopback } from '@livepods/access'
import { UsageError } from '@livepods/service'
import { addresses, isAny } from '@livepods/system'
import { renderUnicodeCompact } from 'uqr'

/** Throws UsageError when nobody can listen on `host`, or when other machines could come in there without a token. */
export function checkHost(host: string, tokensFile: string | undefined): void {
  if (isLoopback(host)) return
  if (!isAny(host) && !addresses().some(({ address }) => address === host))
    throw new UsageError(`--host ${host} is no address of this machine.`)
  if (tokensFile) return
  throw new UsageError(
    `--host ${host} lets other machines in, and then everybody has to have a token. Make one, and start with it:\n\n` +
      `  echo "$(openssl rand -hex 24) manage me" > tokens\n` +
      `  ACCESS_TOKENS_FILE=tokens npx -y pnpm@12 dev --host ${host}\n`,
  )
}

/** A QR code as lines of text, for a phone that looks at the terminal: light on dark whatever the terminal's colours are. */
export function qrCode(text: string): string[] {
  return renderUnicodeCompact(text, { border: 2 })
    .split('\n')
    .map((line) => styleText(['whiteBright', 'bgBlack'], line))
}
