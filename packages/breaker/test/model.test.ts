import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { Breaker, BreakerOpen } from '../src/index.ts'

const FAILURES = 3

type End = 'success' | 'fault' | 'refusal'
type Step = { do: 'begin' } | { do: 'end'; call: number; as: End } | { do: 'ping'; healthy: boolean }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'begin' } as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      call: fc.nat(5),
      as: fc.constantFrom<End>('success', 'fault', 'fault', 'fault', 'refusal'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ping' as const), healthy: fc.boolean() }) },
)

class ServerFault extends Error {}

/** What the breaker should be, said as plainly as possible. */
class Model {
  open = false
  faults = 0
  period = 0

  end(as: End, began: number): void {
    if (began !== this.period) return
    if (as === 'success') this.faults = 0
    if (as === 'fault') this.faults += 1
    if (this.faults === FAILURES) this.turn(true)
  }

  turn(open: boolean): void {
    this.open = open
    this.faults = 0
    this.period += 1
  }
}

test('does what its model says, whatever the order of calls, ends and pings', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const model = new Model()
    let healthy = false
    const running: { began: number; settle: PromiseWithResolvers<void> }[] = []
    await using breaker = new Breaker({
      name: 'model',
      call: (settle: PromiseWithResolvers<void>) => settle.promise,
      ping: async () => (healthy ? undefined : Promise.reject(new Error('down'))),
      isFault: (error) => error instanceof ServerFault,
      failures: FAILURES,
    })
    for (const step of steps) {
      if (step.do === 'begin') {
        const settle = Promise.withResolvers<void>()
        const fired = breaker.fire(settle)
        if (model.open) await assert.rejects(fired, BreakerOpen)
        else running.push({ began: model.period, settle })
        fired.catch(() => {})
      } else if (step.do === 'end') {
        const [call] = running.splice(step.call % (running.length || 1), 1)
        if (!call) continue
        if (step.as === 'success') call.settle.resolve()
        else call.settle.reject(step.as === 'fault' ? new ServerFault('down') : new Error('refused'))
        await turn()
        model.end(step.as, call.began)
      } else {
        healthy = step.healthy
        mock.timers.tick(60_000)
        await turn()
        if (model.open && healthy) model.turn(false)
      }
      assert.equal(breaker.state, model.open ? 'open' : 'closed')
      assert.equal(breaker.nextPingAt !== undefined, model.open)
    }
    const states = breaker.history.map(({ to }) => to)
    assert(
      states.every((state, i) => i === 0 || state !== states[i - 1]),
      `illegal sequence: ${states.join(' ')}`,
    )
  })
  await fc.assert(property, { numRuns: 300 })
  mock.timers.reset()
})
