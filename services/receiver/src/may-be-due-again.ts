import { FINAL, STATUS } from '@livepods/photo'

/**
 * A condition on rows of `images`: the photo failed, and was not made due again in the last minute. Where it was, it failed again since,
 * and `finished_at` is later than that.
 */
export const MAY_BE_DUE_AGAIN = `status = ${STATUS.FAILED} AND ${FINAL}
  AND (rounds = 0 OR COALESCE(finished_at, updated_at) <= UTC_TIMESTAMP(3) - INTERVAL 60 SECOND)`
