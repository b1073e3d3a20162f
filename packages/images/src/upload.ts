import type { ImageFormat } from './sniff.ts'

/** The formats that are taken as bytes. */
export const UPLOAD_FORMATS = ['jpeg', 'png', 'webp'] as const satisfies ImageFormat[]
export type UploadFormat = (typeof UPLOAD_FORMATS)[number]

const EXTENSIONS: Record<UploadFormat, string> = { jpeg: 'jpg', png: 'png', webp: 'webp' }

/** The folder of uploads, relative to UNKNOWN_PEOPLE. */
export const UPLOADS = 'uploads'

/** The path that a picture with this SHA-256 (64 hex digits) gets when it is uploaded, relative to UNKNOWN_PEOPLE. */
export function uploadPath(sha256: string, format: UploadFormat): string {
  return `${UPLOADS}/${sha256}.${EXTENSIONS[format]}`
}

/** Whether the path is one that an upload gets: `uploads/<sha256 in hex>.jpg|png|webp`, relative to UNKNOWN_PEOPLE. */
export function isUpload(path: string): boolean {
  return /^uploads\/[0-9a-f]{64}\.(jpg|png|webp)$/.test(path)
}
