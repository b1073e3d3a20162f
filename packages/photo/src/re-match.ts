/** `images.claimed_by` of a photo that a re-match changed. The value is stored, and shown by the API: it stays what it was. */
export const RE_MATCH = 'another look'
