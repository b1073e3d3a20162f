import { FINAL, STATUS } from '@livepods/photo'

/**
 * A condition on rows of `images`: the photo failed, and submitting it again makes it due again, once a minute at most. (`finished_at` of
 * a photo that was made due again before is the time of its last failure.)
 */
export const RESUBMITTABLE = `status = ${STATUS.FAILED} AND ${FINAL}
  AND (rounds = 0 OR COALESCE(finished_at, updated_at) <= UTC_TIMESTAMP(3) - INTERVAL 60 SECOND)`
