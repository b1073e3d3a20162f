import { type Drive, type Driven, drive } from './drive.ts'
import { type Answer, HttpLane } from './http-lane.ts'

export type PostOptions = { port: number; prefix: string } & Omit<Drive, 'send'>

/** Single posts of new paths; `onAccepted` gets every answer, and its lane waits for what it returns. */
export async function drivePosts(
  { port, prefix, ...options }: PostOptions,
  onAccepted: (answer: Answer) => Promise<void> | undefined = () => undefined,
): Promise<Driven> {
  return await onLanes(port, options, async (lane, n) => {
    const answer = await lane.post('/v1/images', `{"path":"${prefix}/photo-${n}.jpg"}`)
    if (answer.status !== 202) throw unexpected(answer)
    await onAccepted(answer)
    return 1
  })
}

/** Batches of `paths` new paths each. */
export async function driveBatches({
  port,
  prefix,
  paths,
  ...options
}: PostOptions & { paths: number }): Promise<Driven> {
  return await onLanes(port, options, async (lane, n) => {
    const list = Array.from({ length: paths }, (_, index) => `"${prefix}/batch-${n}/photo-${index}.jpg"`)
    const answer = await lane.post('/v1/images/batch', `{"paths":[${list.join(',')}]}`)
    if (answer.status !== 200) throw unexpected(answer)
    // One result per path, said in one line: counted without parsing a megabyte.
    const accepted = answer.body.toString('latin1').split('"accepted"').length - 1
    if (accepted !== paths) throw new Error(`Of ${paths} paths ${accepted} were accepted.`)
    return accepted
  })
}

async function onLanes(
  port: number,
  options: Omit<Drive, 'send'>,
  send: (lane: HttpLane, n: number) => Promise<number>,
): Promise<Driven> {
  using stack = new DisposableStack()
  const lanes = await Promise.all(Array.from({ length: options.lanes }, () => HttpLane.connect(port)))
  for (const lane of lanes) stack.use(lane)
  return await drive({ ...options, send: (number, n) => send(lanes[number] as HttpLane, n) })
}

function unexpected({ status, body }: Answer): Error {
  return new Error(`The receiver answers ${status}: ${body.toString('utf8', 0, 300)}`)
}
