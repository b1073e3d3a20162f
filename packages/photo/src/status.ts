/** The values of `images.status`, in the order of their numbers; names and numbers are kube-cluster-sample's. */
export const STATUSES = ['PENDING', 'PROCESSED', 'FAILED', 'PROCESSING'] as const
export type Status = (typeof STATUSES)[number]

/** The numbers, for statements. */
export const STATUS = { PENDING: 0, PROCESSED: 1, FAILED: 2, PROCESSING: 3 } as const satisfies Record<Status, number>

/** The name of a status; an unknown number counts as PENDING. */
export const statusName = (status: number): Status => STATUSES[status] ?? 'PENDING'
