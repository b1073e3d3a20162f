// Loaded before the frontend (--import): from the first call of People's method KILL_IN on, the process is killed right before its KILL_AT-th
// step, which is a statement or a call of the face service.
import { flushCompileCache } from 'node:module'
import { Database, type Session } from '@livepods/sql'
import { FaceService } from '../../src/people/face-service.ts'
import { People } from '../../src/people/people.ts'

const { KILL_IN = '', KILL_AT = '' } = process.env
let left = Number.POSITIVE_INFINITY
const step = () => {
  if (--left >= 0) return
  // Node would write it when the process ends by itself; the next one starts with it.
  flushCompileCache()
  process.kill(process.pid, 'SIGKILL')
}

type Functions = Record<string, (...values: unknown[]) => unknown>
function before(target: object, name: string, happens: () => void): void {
  const functions = target as Functions
  const original = functions[name] as (...values: unknown[]) => unknown
  functions[name] = function (this: unknown, ...values) {
    happens()
    return Reflect.apply(original, this, values)
  }
}

const { session } = Database.prototype
Database.prototype.session = async function <T>(work: (session: Session) => Promise<T>) {
  return (await session.call(this, async (session) => {
    for (const name of ['rows', 'change']) before(session, name, step)
    return await work(session)
  })) as T
}
for (const name of ['add', 'remove', 'move', 'list']) before(FaceService.prototype, name, step)
before(People.prototype, KILL_IN, () => {
  left = Number(KILL_AT)
})
