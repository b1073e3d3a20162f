import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { Yielding } from '../src/yielding.ts'

/** Ticks of a node, as /proc/stat has them. */
const ticks = { user: 0, nice: 0, idle: 0 }
const told: string[] = []
const client = { setRunMode: async (mode: string, seconds = 0) => void told.push(`${mode} ${seconds}`) }

test('tasks wait while others need the node, which their own time does not say, and go on when it has room again', async () => {
  const yielding = new Yielding(50, createLog('test', 'silent'), async () => {
    const { user, nice, idle } = ticks
    return `cpu  ${user} ${nice} 0 ${idle} 0 0 0 0 0 0\ncpu0 1 1 1 1\n`
  })
  const after = async (more: Partial<typeof ticks>, expected: string[]) => {
    for (const [name, value] of Object.entries(more)) ticks[name as keyof typeof ticks] += value
    await yielding.act(client)
    assert.deepEqual(told.splice(0), expected)
  }
  await after({}, [])
  await after({ nice: 90, user: 10 }, [])
  await after({ user: 60, idle: 40 }, ['never 60'])
  await after({ user: 60, idle: 40 }, ['never 60'])
  // Not before it is well below.
  await after({ user: 45, idle: 55 }, ['never 60'])
  await after({ user: 20, idle: 80 }, ['restore 0'])
  await after({ user: 20, idle: 80 }, [])
})
