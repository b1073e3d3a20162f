/** What hubs in tests make segments like: as the service does by default. */
export const SEGMENTS = {
  window: { seconds: 20, bytes: 16 * 1024 * 1024 },
  targets: { part: 0.2, segment: 1, maxSegmentBytes: 16 * 1024 * 1024 },
}
