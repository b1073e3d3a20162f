import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { findProgram } from '@livepods/system'
import { parse, parseAllDocuments } from 'yaml'
import { kustomization } from '../src/kustomization.ts'

const DIGEST = `sha256:${'1'.repeat(64)}`
const OTHER = `sha256:${'2'.repeat(64)}`
const kubectl = findProgram(['kubectl'])

const container = (image: string, wanted?: { tag: string; digest: string }) => ({
  container: 'main',
  image,
  why: '',
  ...(wanted && { wanted }),
})
const wanted = (tag: string, digest = DIGEST) => ({ tag, digest })

test('an image has what its policy chooses; one that two workloads want otherwise, or nobody knows of, is left as it is', () => {
  const reports = [
    { containers: [container('app:1', wanted('1')), container('proxy:1'), container('shared:1', wanted('1'))] },
    { containers: [container(`app:1@${OTHER}`, wanted('1')), container('shared:1', wanted('1', OTHER))] },
  ]
  assert.deepEqual(parse(kustomization(reports)), {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    images: [{ name: 'app', newTag: '1', digest: DIGEST }],
  })
})

test('kubectl kustomize takes it', { skip: kubectl ? false : 'kubectl is not installed' }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kustomization-'))
  try {
    const images = ['127.0.0.1:5000/team/app:latest', 'ghcr.io/owner/web:1.0', 'nginx']
    const pod = { containers: images.map((image, index) => ({ name: `c${index}`, image })) }
    const workload = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec: pod }
    await mkdir(join(folder, 'pinned'))
    const reports = [
      { containers: [container(images[0] ?? '', wanted('latest')), container(images[1] ?? '', wanted('1.2', OTHER))] },
    ]
    await writeFile(join(folder, 'pinned/kustomization.yaml'), kustomization(reports))
    await writeFile(join(folder, 'workload.yaml'), JSON.stringify(workload))
    await writeFile(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({ resources: ['workload.yaml'], components: ['pinned'] }),
    )
    const { stdout } = await promisify(execFile)(`${kubectl}`, ['kustomize', folder])
    const [rendered] = parseAllDocuments(stdout).map((document) => document.toJS() as typeof workload)
    assert.deepEqual(
      rendered?.spec.containers.map(({ image }) => image),
      [`127.0.0.1:5000/team/app:latest@${DIGEST}`, `ghcr.io/owner/web:1.2@${OTHER}`, 'nginx'],
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
