import { ZERO } from '../../gallery/rough-rows.ts'
import { OnnxGraph } from './onnx-graph.ts'

/**
 * `rows` uint8 [n, length] and `columns` int8 [length, q] → `products` int32 [n, q]: each row, less 128, times each column; and `largest`
 * int32 [n]: of each row.
 */
export function comparisonGraph(length: number): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph()
  graph.add('MatMulInteger', ['rows', 'columns', graph.constant(Uint8Array.of(ZERO), [])], {}, 'products')
  graph.add('ReduceMax', ['products'], { axes: [1], keepdims: 0 }, 'largest')
  return graph.model(
    [
      { name: 'rows', type: 'uint8', shape: ['n', length] },
      { name: 'columns', type: 'int8', shape: [length, 'q'] },
    ],
    [
      { name: 'products', type: 'int32', shape: ['n', 'q'] },
      { name: 'largest', type: 'int32', shape: ['n'] },
    ],
  )
}
