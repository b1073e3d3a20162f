/** `images.claimed_by` of a photo that changed because its stored faces were compared with changed known people. */
export const RE_MATCH = 'another look'
