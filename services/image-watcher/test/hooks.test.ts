import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import type { Workload } from '../src/cluster/workload.ts'
import { Hints } from '../src/hooks/hints.ts'
import { HOOKS } from '../src/hooks/kinds.ts'
import { log } from './support/watch.ts'

const BODIES: [kind: string, body: unknown, expected: object[]][] = [
  [
    'distribution',
    {
      events: [
        { action: 'push', target: { repository: 'team/app', tag: 'v1' }, request: { host: 'registry.example:5000' } },
        { action: 'pull', target: { repository: 'team/app', tag: 'v1' }, request: { host: 'registry.example:5000' } },
        { action: 'push', target: { repository: 'team/app', digest: 'sha256:1' }, request: {} },
      ],
    },
    [{ host: 'registry.example:5000', repository: 'team/app' }],
  ],
  [
    'docker-hub',
    { push_data: { tag: 'latest', pusher: 'me' }, repository: { repo_name: 'owner/app', name: 'app' } },
    [{ host: 'docker.io', repository: 'owner/app' }],
  ],
  [
    'ghcr',
    {
      action: 'published',
      package: {
        name: 'App',
        namespace: 'Owner',
        package_type: 'CONTAINER',
        package_version: { container_metadata: { tag: { name: 'latest', digest: 'sha256:1' } } },
      },
    },
    [{ host: 'ghcr.io', repository: 'owner/app' }],
  ],
  [
    'harbor',
    {
      type: 'PUSH_ARTIFACT',
      event_data: {
        resources: [{ digest: 'sha256:1', tag: 'latest', resource_url: 'harbor.example/library/app:latest' }],
        repository: { repo_full_name: 'library/app' },
      },
    },
    [{ host: 'harbor.example', repository: 'library/app' }],
  ],
  [
    'harbor',
    {
      specversion: '1.0',
      type: 'harbor.artifact.pushed',
      source: '/projects/1/webhook/policies/1',
      datacontenttype: 'application/json',
      data: {
        resources: [{ digest: 'sha256:1', tag: 'latest', resource_url: 'harbor.example/library/app:latest' }],
        repository: { name: 'app', namespace: 'library', repo_full_name: 'library/app', repo_type: 'private' },
      },
      operator: 'robot',
    },
    [{ host: 'harbor.example', repository: 'library/app' }],
  ],
  [
    'harbor',
    { specversion: '1.0', type: 'harbor.artifact.pulled', data: { resources: [{ resource_url: 'h/a:b' }] } },
    [],
  ],
  ['harbor', { type: 'PULL_ARTIFACT', event_data: { resources: [{ resource_url: 'h.example/a:b', tag: 'b' }] } }, []],
  [
    'gitlab',
    { events: [{ action: 'push', target: { repository: 'g/p', tag: 'x' }, request: { host: 'registry.gitlab.com' } }] },
    [{ host: 'registry.gitlab.com', repository: 'g/p' }],
  ],
  [
    'quay',
    { name: 'app', docker_url: 'quay.io/owner/app', updated_tags: ['latest', 'v2'] },
    [{ host: 'quay.io', repository: 'owner/app' }],
  ],
  [
    'ghcr',
    {
      action: 'published',
      registry_package: {
        name: 'repository/App',
        namespace: 'Owner',
        package_version: { container_metadata: { tag: { name: 'latest' } } },
      },
    },
    [{ host: 'ghcr.io', repository: 'owner/repository/app' }],
  ],
  // Signatures and parts of an index are pushed without a tag.
  [
    'ghcr',
    { package: { name: 'app', namespace: 'o', package_version: { container_metadata: { tag: { name: '' } } } } },
    [],
  ],
  ['ghcr', { zen: 'Keep it logically awesome.', hook_id: 1 }, []],
  [
    'ecr',
    {
      account: '123456789012',
      region: 'eu-central-1',
      'detail-type': 'ECR Image Action',
      detail: { result: 'SUCCESS', 'repository-name': 'app', 'image-tag': 'latest', 'action-type': 'PUSH' },
    },
    [{ host: '123456789012.dkr.ecr.eu-central-1.amazonaws.com', repository: 'app' }],
  ],
  [
    'ecr',
    {
      specversion: '1.0',
      type: 'ECR Image Action',
      data: { result: 'SUCCESS', 'repository-name': 'app', 'image-tag': 'latest', 'action-type': 'PUSH' },
    },
    [{ host: undefined, repository: 'app' }],
  ],
  [
    'ecr',
    { result: 'SUCCESS', 'repository-name': 'app', 'image-tag': 'latest', 'action-type': 'PUSH' },
    [{ host: undefined, repository: 'app' }],
  ],
  ['ecr', { detail: { result: 'SUCCESS', 'repository-name': 'app', 'action-type': 'DELETE', 'image-tag': 'x' } }, []],
]

describe('a webhook is read:', () => {
  for (const [kind, body, expected] of BODIES)
    test(`${kind} ${JSON.stringify(body).slice(0, 60)}`, () => assert.deepEqual(HOOKS[kind]?.(body), expected))

  test('what is no webhook says nothing', () => {
    for (const kind of Object.keys(HOOKS))
      for (const body of [null, 7, 'text', [], {}, { events: 'x' }, { events: [null, 7, { action: 'push' }] }])
        assert.deepEqual(HOOKS[kind]?.(body), [], kind)
  })
})

test('5000 hints in a moment are one question a repository, and those for nobody are none', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const images = ['registry.example/a:1', 'registry.example/a:2', 'registry.example/b', 'nginx', 'No Image']
    const workload = { containers: images.map((image) => ({ name: image, image })) } as Workload
    const asked: string[] = []
    using hints = new Hints({
      reconciler: {
        workloads: [workload],
        lookNow: (only) => void asked.push(only ? `${only.host}/${only.repository}` : 'all'),
      },
      log,
    })
    for (let count = 0; count < 1000; count++) {
      assert.equal(hints.add([{ host: 'registry.example', repository: 'a' }]), 1)
      assert.equal(hints.add([{ repository: 'b' }]), 1)
      assert.equal(hints.add([{ host: 'index.docker.io', repository: 'library/nginx' }]), 1)
      assert.equal(hints.add([{ host: 'other.example', repository: 'a' }]), 0)
      assert.equal(hints.add([{ repository: `unknown-${count}` }]), 0)
    }
    assert.deepEqual(asked, [])
    mock.timers.tick(250)
    assert.deepEqual(asked.sort(), ['docker.io/library/nginx', 'registry.example/a', 'registry.example/b'])
    mock.timers.tick(10_000)
    assert.equal(asked.length, 3)
  } finally {
    mock.timers.reset()
  }
})

test('a push of which one replica was told is told to the other, once; what that one tells is told no further', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const workload = { containers: [{ name: 'main', image: 'registry.example/a:1' }] } as Workload
    const hint = { host: 'registry.example', repository: 'a' }
    const told: unknown[] = []
    using hints = new Hints({
      reconciler: { workloads: [workload], lookNow: () => {} },
      tellPeers: async (pushes) => void told.push(pushes),
      log,
    })
    hints.add([hint])
    hints.add([hint], { byPeer: true })
    hints.add([hint])
    mock.timers.tick(250)
    assert.deepEqual(told, [[hint]])
    hints.add([hint], { byPeer: true })
    mock.timers.tick(250)
    assert.equal(told.length, 1)
  } finally {
    mock.timers.reset()
  }
})
