/** A picture with more pixels is not decoded: 50 million take 150 MB as RGB. */
export const IMAGE_MAX_PIXELS = 50_000_000
