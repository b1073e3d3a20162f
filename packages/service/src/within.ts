/**
 * What `promise` resolves with; when it takes longer than `limitMs`, what `late` returns or throws instead. The promise itself goes on,
 * and nobody is told when it rejects later.
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
