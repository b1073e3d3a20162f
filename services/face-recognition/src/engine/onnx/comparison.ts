import type { Compare } from '../known-faces.ts'
import { comparisonGraph } from './comparison-graph.ts'
import { openSession } from './session.ts'

/** Compares rows of that length on the nets' library. */
export async function openComparison(length: number): Promise<{ compare: Compare; close: () => Promise<void> }> {
  const session = await openSession<Int32Array>(comparisonGraph(length))
  // Used again and again: new memory for each call would cost as much as the work.
  let memory = new Int32Array()
  return {
    compare: async (rows, columns) => {
      const [n, q] = [rows.length / length, columns.length / length]
      if (memory.length < n * q + n) memory = new Int32Array(n * q + n)
      const products = memory.subarray(0, n * q)
      const largest = memory.subarray(n * q, n * q + n)
      await session.run(
        { rows: { data: rows, shape: [n, length] }, columns: { data: columns, shape: [length, q] } },
        { products: { data: products, shape: [n, q] }, largest: { data: largest, shape: [n] } },
      )
      return { products, largest }
    },
    close: session.close,
  }
}
