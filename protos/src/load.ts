import { fileURLToPath } from 'node:url'
import { loadPackageDefinition } from '@grpc/grpc-js'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Loads a .proto file of this package. The options are those of the `generate` script: where they differ, the types lie. */
export function load<ProtoGrpcType>(file: string): { definition: PackageDefinition; types: ProtoGrpcType } {
  const definition = loadSync(file, { includeDirs: [root], longs: String, enums: String, defaults: true, oneofs: true })
  return { definition, types: loadPackageDefinition(definition) as unknown as ProtoGrpcType }
}
