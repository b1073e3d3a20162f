import { FINAL, STATUS } from '@livepods/photo'

/**
 * A condition on rows of `images`: the photo failed, and was not made due again within the last minute. (A photo that was made due
 * again has failed once more since: its `finished_at` is later than that.)
 */
export const MAY_BE_DUE_AGAIN = `status = ${STATUS.FAILED} AND ${FINAL}
  AND (rounds = 0 OR COALESCE(finished_at, updated_at) <= UTC_TIMESTAMP(3) - INTERVAL 60 SECOND)`
