import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { Breaker, BreakerOpenError } from '../src/index.ts'

const FAILURES = 3
const BASE_MS = 1000
const MAX_MS = 60_000

type End = 'success' | 'fault' | 'content'
type Step =
  | { do: 'call'; as: End }
  | { do: 'begin' }
  | { do: 'end'; call: number; as: End }
  | { do: 'server'; isUp: boolean }
  | { do: 'pass'; ms: number }

const end = fc.constantFrom<End>('success', 'fault', 'fault', 'fault', 'content')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('call' as const), as: end }) },
  // A call that ends later, perhaps after an opening or a closing.
  { weight: 2, arbitrary: fc.constant({ do: 'begin' } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), call: fc.nat(5), as: end }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('server' as const), isUp: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(70_000) }) },
)

class ServerFault extends Error {}

/** What the breaker should be, said as plainly as possible. */
class Model {
  open = false
  faults = 0
  /** Pings since the last call that succeeded. */
  pings = 0
  /** Calls count only in the period in which they began. */
  period = 0

  end(as: End, began: number): void {
    if (began !== this.period) return
    if (as === 'success') this.faults = this.pings = 0
    if (as === 'fault') this.faults += 1
    if (this.faults === FAILURES) this.turn(true)
  }

  turn(open: boolean): void {
    this.open = open
    this.faults = 0
    this.period += 1
  }
}

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }))
afterEach(() => mock.timers.reset())

/** A breaker on a server that a test turns on and off, and everything that it did. */
function watched() {
  const server = { isUp: false, calls: 0, pings: 0 }
  const told: string[] = []
  const breaker = new Breaker({
    name: 'model',
    call: (ended: Promise<void>) => {
      server.calls += 1
      return ended
    },
    ping: async () => {
      server.pings += 1
      if (!server.isUp) throw new Error('down')
    },
    isFault: (error) => error instanceof ServerFault,
    failures: FAILURES,
    pingBaseMs: BASE_MS,
    pingMaxMs: MAX_MS,
  })
  breaker.on('open', () => told.push('pause')).on('close', () => told.push('resume'))
  return { breaker, server, told, [Symbol.asyncDispose]: () => breaker[Symbol.asyncDispose]() }
}

function settle({ resolve, reject }: PromiseWithResolvers<void>, as: End): void {
  if (as === 'success') resolve()
  else reject(as === 'fault' ? new ServerFault('down') : new Error('not a picture'))
}

/** Lets time pass up to each ping and over it, and checks that each came when it had to. */
async function pass({ breaker, server }: ReturnType<typeof watched>, model: Model, ms: number): Promise<void> {
  for (let left = ms; ; ) {
    const waitMs = breaker.nextPingAt ? breaker.nextPingAt.getTime() - Date.now() : Number.POSITIVE_INFINITY
    if (waitMs > left) return mock.timers.tick(left)
    const pings = server.pings
    // The time of a date is whole milliseconds, that of a timer is not.
    mock.timers.tick(Math.max(0, waitMs + 1))
    await turn()
    assert.equal(server.pings, pings + 1)
    if (server.isUp) model.turn(false)
    else checkNextPing(breaker, model)
    left -= Math.max(0, waitMs + 1)
    if (left <= 0) return
  }
}

function checkNextPing({ nextPingAt }: { nextPingAt: Date | undefined }, model: Model): void {
  const waitMs = (nextPingAt?.getTime() ?? Number.NaN) - Date.now()
  const longestMs = Math.min(MAX_MS, BASE_MS * 2 ** model.pings)
  assert(waitMs >= longestMs / 2 - 2 && waitMs <= longestMs + 1, `${waitMs} ms for ping ${model.pings}`)
  model.pings += 1
}

test('does what its model says, whatever calls, faults, outages, returns and times come in whatever order', async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 120, size: 'max' }), async (steps) => {
    const model = new Model()
    await using part = watched()
    const { breaker, server, told } = part
    const running: { began: number; ended: PromiseWithResolvers<void> }[] = []
    const begin = async () => {
      const ended = Promise.withResolvers<void>()
      const calls = server.calls
      const fired = breaker.fire(ended.promise)
      fired.catch(() => {})
      ended.promise.catch(() => {})
      assert.equal(server.calls, model.open ? calls : calls + 1)
      if (model.open) await assert.rejects(fired, BreakerOpenError)
      else running.push({ began: model.period, ended })
      return !model.open
    }
    const finish = async (index: number, as: End) => {
      const [call] = running.splice(index, 1)
      if (!call) return
      settle(call.ended, as)
      await turn()
      const wasOpen = model.open
      model.end(as, call.began)
      if (model.open && !wasOpen) checkNextPing(breaker, model)
    }
    for (const step of steps) {
      if (step.do === 'begin') await begin()
      if (step.do === 'call' && (await begin())) await finish(running.length - 1, step.as)
      if (step.do === 'end') await finish(step.call % (running.length || 1), step.as)
      if (step.do === 'server') server.isUp = step.isUp
      if (step.do === 'pass') await pass(part, model, step.ms)
      assert.equal(breaker.state, model.open ? 'open' : 'closed')
      assert.equal(breaker.nextPingAt !== undefined, model.open)
      assert.equal(told.at(-1) ?? 'resume', model.open ? 'pause' : 'resume')
    }
    const states = breaker.history.map(({ to }) => to)
    assert(
      [states, told].every((words) => words.every((word, i) => i === 0 || word !== words[i - 1])),
      `illegal sequence: ${states.join(' ')}; ${told.join(' ')}`,
    )
  })
  await fc.assert(property, { numRuns: 300 })
})

test('breakers that open at one moment do not ping in step', async () => {
  const parts = Array.from({ length: 8 }, watched)
  const times = parts.map(() => [] as number[])
  for (const { breaker } of parts) {
    for (let fault = 0; fault < FAILURES; fault++)
      await breaker.fire(Promise.reject(new ServerFault('down'))).catch(() => {})
  }
  for (let second = 0; second < 120; second++) {
    for (const [index, { breaker }] of parts.entries()) {
      const at = breaker.nextPingAt?.getTime() ?? 0
      if (times[index]?.at(-1) !== at) times[index]?.push(at)
    }
    mock.timers.tick(1000)
    await turn()
  }
  const all = times.flat()
  assert(all.length > 8 * 5)
  assert(new Set(all).size > all.length / 2, `${new Set(all).size} of ${all.length} pings have a time of their own`)
  for (const { breaker } of parts) await breaker[Symbol.asyncDispose]()
})
