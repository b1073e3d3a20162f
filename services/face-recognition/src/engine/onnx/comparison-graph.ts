import { OnnxGraph } from './onnx-graph.ts'

/** `known` float [n, length] and `columns` float [length, q] → `products` float [n, q]: each row times each column. */
export function comparisonGraph(length: number): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph()
  graph.add('MatMul', ['known', 'columns'], {}, 'products')
  return graph.model(
    [
      { name: 'known', type: 'float', shape: ['n', length] },
      { name: 'columns', type: 'float', shape: [length, 'q'] },
    ],
    [{ name: 'products', type: 'float', shape: ['n', 'q'] }],
  )
}
