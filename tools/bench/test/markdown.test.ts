import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toMarkdown } from '../src/markdown.ts'
import { result } from './support/result.ts'

test('a page tells the command, the date, the machine, and shows every table', () => {
  assert.equal(
    toMarkdown(result),
    `# Cups of tea

Written by the command below; do not edit.

- command: \`pnpm bench tea\`
- date: 2026-11-21 09:00 UTC
- revision: 0123456789 and changes
- machine: Abacus (beads), 2 cores, 8 GB, Linux 6.1 x64, Node v24.0.0, load at start 0.1

Two kinds.

## Numbers to reach

Sooner is better.

|  | wanted | reached | holds |
| --- | --: | --: | --: |
| green | ≤ 3 | 3 | yes |

## Time

In minutes.

| pot | green | black\\|red |
| --- | --: | --: |
| small | 3 | 5 |
`,
  )
})
