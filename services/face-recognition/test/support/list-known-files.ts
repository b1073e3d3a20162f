import { type KnownFile, visitKnownFiles } from '../../src/known/known-files.ts'

/** All that a visit sees, sorted by name. */
export async function listKnownFiles(root: string): Promise<KnownFile[]> {
  const files: KnownFile[] = []
  await visitKnownFiles(root, (file) => files.push(file))
  return files.sort((one, other) => (one.name < other.name ? -1 : 1))
}
