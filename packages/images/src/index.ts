export {
  DECODE_MAX_BYTES,
  DECODE_MAX_SECONDS,
  type DecodeCost,
  DecodeTooCostlyError,
  decodeCost,
} from './decode-cost.ts'
export { translateDiskErrors } from './disk-errors.ts'
export { FolderStore } from './folder-store.ts'
export type { ImageFileStore, StoredUpload } from './image-file-store.ts'
export { dataOfCut } from './jpeg-scans.ts'
export { IMAGE_MAX_PIXELS } from './limits.ts'
export { decodeImageId, encodeImageId, IMAGE_CHANNEL, IMAGE_TOPIC, UnreadableMessageError } from './message.ts'
export { ImageMissingError, ImageUnreadableError, openImage, type ReadImage } from './open-image.ts'
export { openBucket, openStore, removalFault, type StoreSettings } from './open-store.ts'
export { checkPath, PathRefusedError } from './path.ts'
export { ImageRoots } from './roots.ts'
export type { S3Bucket, S3Object } from './s3-bucket.ts'
export { type ImageFormat, sniff } from './sniff.ts'
export type { FileState } from './stamp.ts'
export { StoreAwayError, StoreFullError, StoreUnavailableError } from './store-errors.ts'
export { StoreWatch, type StoreWatchOptions } from './store-watch.ts'
export { isUpload, UPLOAD_FORMATS, type UploadFormat, uploadPath } from './upload.ts'
