/**
 * Resolves as `promise` does; when that takes longer than `limitMs`, as `late` does. The promise itself goes on, and its later rejection is
 * ignored.
 */
export async function within<T>(limitMs: number, promise: Promise<T>, late: () => T | Promise<T>): Promise<T> {
  const { promise: instead, resolve, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(() => {
    try {
      resolve(late())
    } catch (error) {
      reject(error)
    }
  }, limitMs)
  return await Promise.race([promise, instead]).finally(() => clearTimeout(timer))
}
