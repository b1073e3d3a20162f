import { fileURLToPath } from 'node:url'
import { loadPackageDefinition } from '@grpc/grpc-js'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Loads a .proto file of this package. The options of `types` are those of the `generate` script: where they differ, the types lie.
 * `described` is for reflection: its clients know the fields by the names that the file gives them.
 */
export function load<ProtoGrpcType>(file: string): { described: PackageDefinition; types: ProtoGrpcType } {
  const includeDirs = [root]
  const definition = loadSync(file, { includeDirs, longs: String, enums: String, defaults: true, oneofs: true })
  return {
    described: loadSync(file, { includeDirs, keepCase: true }),
    types: loadPackageDefinition(definition) as unknown as ProtoGrpcType,
  }
}
