import type { Compare } from '../known-faces.ts'
import { comparisonGraph } from './comparison-graph.ts'
import { openSession } from './session.ts'

/** Compares rows of that length on the nets' library. */
export async function openComparison(length: number): Promise<{ compare: Compare; close: () => Promise<void> }> {
  const session = await openSession<Int32Array>(comparisonGraph(length))
  // Used again and again: new memory for each call would cost as much as the work.
  let memory = new Int32Array()
  return {
    compare: async (rows, queries) => {
      const shape = [rows.length / length, queries.length / length] as const
      const size = shape[0] * shape[1]
      if (memory.length < size) memory = new Int32Array(size)
      const products = memory.subarray(0, size)
      await session.run(
        {
          rows: { data: rows, shape: [shape[0], length] },
          columns: { data: columnsOf(queries, length), shape: [length, shape[1]] },
        },
        { products: { data: products, shape } },
      )
      return products
    },
    close: session.close,
  }
}

function columnsOf(rows: Int8Array, length: number): Int8Array {
  const count = rows.length / length
  return Int8Array.from(rows, (_, at) => rows[(at % count) * length + Math.floor(at / count)] as number)
}
