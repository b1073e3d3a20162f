/** An embedding whose distance to descriptorAt(0) is `distance`, on the given one of 128 axes. */
export function descriptorAt(distance: number, axis = 0): Float32Array {
  const descriptor = new Float32Array(128)
  descriptor[axis] = distance
  return descriptor
}
