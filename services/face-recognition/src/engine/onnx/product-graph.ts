import { OnnxGraph } from './onnx-graph.ts'

/** `known` float [n, length] and `queries` float [length, q] → `products` float [n, q]: each row of one times each column of the other. */
export function productGraph(length: number): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph()
  graph.add('MatMul', ['known', 'queries'], {}, 'products')
  return graph.model(
    [
      { name: 'known', type: 'float', shape: ['n', length] },
      { name: 'queries', type: 'float', shape: [length, 'q'] },
    ],
    [{ name: 'products', type: 'float', shape: ['n', 'q'] }],
  )
}
