/** What `promise` resolves with, or a rejection with `late()` when it takes longer than `limitMs`. The promise itself goes on. */
export async function within<T>(limitMs: number, promise: Promise<T>, late: () => Error): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), limitMs)
  return await Promise.race([promise, tooLate]).finally(() => clearTimeout(timer))
}
