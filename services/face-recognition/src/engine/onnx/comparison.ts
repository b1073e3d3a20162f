import type { Compare } from '../known-faces.ts'
import { comparisonGraph } from './comparison-graph.ts'
import { openSession } from './session.ts'

/** Compares rows of that length on the nets' library. */
export async function openComparison(length: number): Promise<{ compare: Compare; close: () => Promise<void> }> {
  const session = await openSession(comparisonGraph(length))
  return {
    compare: async (known, queries) => {
      const { products } = await session.run({
        known: { data: known, shape: [known.length / length, length] },
        columns: { data: columnsOf(queries, length), shape: [length, queries.length] },
      })
      return products as Float32Array
    },
    close: session.close,
  }
}

/** Times −2, as they are wanted. */
function columnsOf(rows: readonly Float32Array[], length: number): Float32Array {
  const columns = new Float32Array(rows.length * length)
  for (const [column, row] of rows.entries())
    for (let i = 0; i < length; i++) columns[i * rows.length + column] = -2 * (row[i] as number)
  return columns
}
