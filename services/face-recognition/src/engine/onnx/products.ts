import type { Products } from '../known-faces.ts'
import { productGraph } from './product-graph.ts'
import { openSession } from './session.ts'

/** Scalar products of rows with columns of that length, on the nets' library. */
export async function openProducts(length: number): Promise<{ products: Products; close: () => Promise<void> }> {
  const session = await openSession(productGraph(length))
  return {
    products: async (known, queries) => {
      const { products } = await session.run({
        known: { data: known, shape: [known.length / length, length] },
        queries: { data: asColumns(queries, length), shape: [length, queries.length] },
      })
      return products as Float32Array
    },
    close: session.close,
  }
}

function asColumns(rows: readonly Float32Array[], length: number): Float32Array {
  const columns = new Float32Array(rows.length * length)
  for (const [column, row] of rows.entries())
    for (let i = 0; i < length; i++) columns[i * rows.length + column] = row[i] as number
  return columns
}
