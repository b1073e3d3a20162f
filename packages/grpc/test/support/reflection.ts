import { type Client, loadPackageDefinition, Metadata } from '@grpc/grpc-js'
import { load } from '@grpc/proto-loader'
import { Connection, type status } from '../../src/index.ts'

interface Reflection extends Client {
  serverReflectionInfo(metadata: Metadata): NodeJS.ReadWriteStream
}

export interface ReflectionAnswer {
  file_descriptor_response?: { file_descriptor_proto: Buffer[] }
  list_services_response?: { service: { name: string }[] }
}

/** What the server's reflection answers to one question, and the status of the call. */
export async function reflect(
  address: string,
  question: { list_services: string } | { file_containing_symbol: string },
  token?: string,
): Promise<{ code: status; answer: ReflectionAnswer | undefined }> {
  const file = '../../node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto'
  const loaded = loadPackageDefinition(
    await load(new URL(file, import.meta.url).pathname, { keepCase: true }),
  ) as unknown as {
    grpc: { reflection: { v1: { ServerReflection: new (...args: never[]) => Reflection } } }
  }
  using connection = new Connection(address)
  const client: Reflection = connection.client(loaded.grpc.reflection.v1.ServerReflection as never)
  const metadata = new Metadata()
  if (token) metadata.set('authorization', `Bearer ${token}`)
  const { promise, resolve } = Promise.withResolvers<status>()
  let answer: ReflectionAnswer | undefined
  const stream = client.serverReflectionInfo(metadata)
  stream.on('data', (data: ReflectionAnswer) => {
    answer = data
    stream.end()
  })
  stream.on('status', ({ code }: { code: status }) => resolve(code))
  stream.on('error', () => {})
  stream.write(question as never)
  return { code: await promise, answer }
}
