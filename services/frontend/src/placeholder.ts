import {
  DecodeTooCostlyError,
  ImageMissingError,
  ImageUnreadableError,
  PathRefusedError,
  StoreUnavailableError,
} from '@livepods/images'

/** What stands in the place of a picture that cannot be shown, or undefined when the error is none of the picture's. */
export function placeholderFor(error: unknown): string | undefined {
  if (error instanceof ImageMissingError) return picture('File missing')
  if (error instanceof DecodeTooCostlyError) return picture('Too large')
  if (error instanceof ImageUnreadableError) return picture('Not readable')
  if (error instanceof PathRefusedError) return picture('Path refused')
  if (error instanceof StoreUnavailableError) return picture('Store away')
  // A disk that fails for the moment, such as EIO, or ESTALE of a volume that is gone.
  if (/^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? '')) return picture('Not readable')
  return undefined
}

/** Dark in both themes, as a photo would be: an image does not know the theme of the page around it. */
function picture(word: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 360" width="480" height="360"><rect width="480" height="360" fill="#434b54"/><g fill="none" stroke="#8d98a3" stroke-width="6" stroke-linejoin="round"><rect x="174" y="96" width="132" height="104" rx="8"/><path d="M174 180l38-34 30 26 24-20 40 34"/><circle cx="214" cy="128" r="9"/></g><text x="240" y="262" fill="#f0f2f4" font-family="system-ui, sans-serif" font-size="34" text-anchor="middle">${word}</text></svg>`
}
