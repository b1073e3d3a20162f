import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bill, billOf } from '../src/bill.ts'

const component = (group: string, name: string, version: string) => ({
  group,
  name,
  version,
  'bom-ref': `pkg:npm/${group ? `${group.replace('@', '%40')}/` : ''}${name}@${version}`,
})
const receiver = component('@livepods', 'receiver', '0.1.0')
const [sql, mysql, snappy] = [
  component('@livepods', 'sql', '0.1.0'),
  component('', 'mysql2', '3.0.0'),
  component('@napi-rs', 'snappy-win32-x64-msvc', '7.0.0'),
]
const everything: Bill = {
  metadata: { component: receiver },
  components: [sql, mysql, snappy],
  dependencies: [
    { ref: receiver['bom-ref'], dependsOn: [sql['bom-ref'], snappy['bom-ref']] },
    { ref: sql['bom-ref'], dependsOn: [mysql['bom-ref']] },
    { ref: snappy['bom-ref'] },
  ],
}
const packages = [
  { name: '@livepods/receiver', version: '0.1.0' },
  { name: '@livepods/sql', version: '0.1.0' },
  { name: 'mysql2', version: '3.0.0' },
]

test('the bill has what is in the image and nothing else', () => {
  const bill = billOf(everything, packages)
  assert.deepEqual(bill.components, [sql, mysql])
  assert.deepEqual(bill.dependencies, [
    { ref: receiver['bom-ref'], dependsOn: [sql['bom-ref']] },
    { ref: sql['bom-ref'], dependsOn: [mysql['bom-ref']] },
  ])
})

test('a package that the generator did not see fails the build', () => {
  const more = [...packages, { name: 'left-pad', version: '1.3.0' }]
  assert.throws(() => billOf(everything, more), /The bill of materials lacks left-pad@1\.3\.0\./)
})
