/** What `images.status` may be, in the order of its numbers; both are kube-cluster-sample's. */
export const STATUSES = ['PENDING', 'PROCESSED', 'FAILED', 'PROCESSING'] as const
export type Status = (typeof STATUSES)[number]

/** The numbers, for statements. */
export const STATUS = { PENDING: 0, PROCESSED: 1, FAILED: 2, PROCESSING: 3 } as const satisfies Record<Status, number>

/** A number that is none of them is as one that nobody has processed yet. */
export const statusName = (status: number): Status => STATUSES[status] ?? 'PENDING'
