import type { Compare, Products } from '../../gallery/known-faces.ts'
import { comparisonGraph } from './comparison-graph.ts'
import { openSession } from './session.ts'

/** Compares rows of that length on the nets' library. */
export async function openComparison(length: number): Promise<{ compare: Compare; close: () => Promise<void> }> {
  const session = await openSession<Int32Array>(comparisonGraph(length))
  return {
    compare: async (rows, columns) => {
      const [n, q] = [rows.length / length, columns.length / length]
      const outputs = await session.run({
        rows: { data: rows, shape: [n, length] },
        columns: { data: columns, shape: [length, q] },
      })
      return outputs as Record<keyof Products, Int32Array>
    },
    close: session.close,
  }
}
