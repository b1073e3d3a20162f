import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseChallenges } from '../../src/registry/challenge.ts'

const bearer = (parameters: Record<string, string>) => ({ scheme: 'bearer', parameters })

/** What GET or HEAD of a manifest answers in WWW-Authenticate, by registry. */
const RECORDED: [registry: string, field: string, expected: ReturnType<typeof parseChallenges>][] = [
  [
    'Docker Hub',
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"',
    [
      bearer({
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:library/nginx:pull',
      }),
    ],
  ],
  [
    'GitHub',
    'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:owner/name:pull"',
    [bearer({ realm: 'https://ghcr.io/token', service: 'ghcr.io', scope: 'repository:owner/name:pull' })],
  ],
  [
    'Quay',
    'Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:prometheus/prometheus:pull"',
    [
      bearer({
        realm: 'https://quay.io/v2/auth',
        service: 'quay.io',
        scope: 'repository:prometheus/prometheus:pull',
      }),
    ],
  ],
  [
    'GitLab',
    'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry",scope="repository:group/project:pull",error="invalid_token"',
    [
      bearer({
        realm: 'https://gitlab.com/jwt/auth',
        service: 'container_registry',
        scope: 'repository:group/project:pull',
        error: 'invalid_token',
      }),
    ],
  ],
  [
    'Google Artifact Registry',
    'Bearer realm="https://europe-docker.pkg.dev/v2/token",service="europe-docker.pkg.dev",scope="repository:project/repo/image:pull"',
    [
      bearer({
        realm: 'https://europe-docker.pkg.dev/v2/token',
        service: 'europe-docker.pkg.dev',
        scope: 'repository:project/repo/image:pull',
      }),
    ],
  ],
  [
    'Azure, with a scope that has commas',
    'Bearer realm="https://example.azurecr.io/oauth2/token",service="example.azurecr.io",scope="repository:app:pull,metadata_read"',
    [
      bearer({
        realm: 'https://example.azurecr.io/oauth2/token',
        service: 'example.azurecr.io',
        scope: 'repository:app:pull,metadata_read',
      }),
    ],
  ],
  [
    'Amazon ECR',
    'Basic realm="https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/",service="ecr.amazonaws.com"',
    [
      {
        scheme: 'basic',
        parameters: {
          realm: 'https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/',
          service: 'ecr.amazonaws.com',
        },
      },
    ],
  ],
  [
    'Amazon ECR Public',
    'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"',
    [bearer({ realm: 'https://public.ecr.aws/token/', service: 'public.ecr.aws', scope: 'aws' })],
  ],
  [
    'Harbor',
    'Bearer realm="https://demo.goharbor.io/service/token",service="harbor-registry",scope="repository:library/app:pull"',
    [
      bearer({
        realm: 'https://demo.goharbor.io/service/token',
        service: 'harbor-registry',
        scope: 'repository:library/app:pull',
      }),
    ],
  ],
  [
    'Docker’s registry with htpasswd',
    'Basic realm="Registry Realm"',
    [{ scheme: 'basic', parameters: { realm: 'Registry Realm' } }],
  ],
]

for (const [registry, field, expected] of RECORDED)
  test(`reads the challenge of ${registry}`, () => assert.deepEqual(parseChallenges(field), expected))

const ODD: [what: string, field: string, expected: ReturnType<typeof parseChallenges>][] = [
  [
    'several challenges in one field',
    'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
    [
      { scheme: 'newauth', parameters: { realm: 'apps', type: '1', title: 'Login to "apps"' } },
      { scheme: 'basic', parameters: { realm: 'simple' } },
    ],
  ],
  [
    'spaces around equals signs, and a scheme in other letters',
    'bEARER Realm = "https://a/" , SERVICE= b',
    [bearer({ realm: 'https://a/', service: 'b' })],
  ],
  [
    'a token68 before another challenge',
    'Negotiate YIIabc/+=, Bearer realm="r"',
    [{ scheme: 'negotiate', parameters: {} }, bearer({ realm: 'r' })],
  ],
  ['the first of two equal parameters', 'Bearer realm="a",realm="b"', [bearer({ realm: 'a' })]],
  ['nothing in an empty field', '', []],
  ['what comes before a quote without an end', 'Bearer service="s",realm="https://a', [bearer({ service: 's' })]],
  ['no parameter that every object has', 'Bearer __proto__="x",realm="r"', [bearer({ realm: 'r' })]],
]

for (const [what, field, expected] of ODD)
  test(`reads ${what}`, () =>
    assert.deepEqual(
      parseChallenges(field).map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } })),
      expected,
    ))

test('reads a field of a megabyte in no time that matters', () => {
  assert.ok(parseChallenges(`Bearer ${'a="\\"",'.repeat(150_000)}`).length >= 1)
  assert.ok(parseChallenges(`Bearer realm="${'\\'.repeat(1_000_000)}`).length >= 1)
})
