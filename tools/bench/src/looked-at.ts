/** What `images.finder` says of a stored photo that is to stay as it is: looked at by the newest finder of faces that there can be. */
export const NEWEST_FINDER = 65_535
