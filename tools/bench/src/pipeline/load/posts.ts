import { type Driven, drive, type Shape } from '../../drive.ts'
import { type Answer, HttpLane } from '../../http-lane.ts'

export type Posts = { port: number } & Shape

/** Single posts of new paths; `onAccepted` gets every answer, and its lane waits for what it returns. */
export async function drivePosts(
  posts: Posts,
  onAccepted: (answer: Answer) => Promise<void> | undefined = () => undefined,
): Promise<Driven> {
  return await onLanes(posts, async (lane, path) => {
    const answer = await lane.post('/v1/images', `{"path":"${path}.jpg"}`)
    if (answer.status !== 202) throw unexpected(answer)
    await onAccepted(answer)
    return 1
  })
}

/** Batches of `paths` new paths each. */
export async function driveBatches({ paths, ...posts }: { paths: number } & Posts): Promise<Driven> {
  return await onLanes(posts, async (lane, path) => {
    const list = Array.from({ length: paths }, (_, index) => `"${path}/photo-${index}.jpg"`)
    const answer = await lane.post('/v1/images/batch', `{"paths":[${list.join(',')}]}`)
    if (answer.status !== 200) throw unexpected(answer)
    // One result per path, said in one line: counted without parsing a megabyte.
    const accepted = answer.body.toString('latin1').split('"accepted"').length - 1
    if (accepted !== paths) throw new Error(`Of ${paths} paths ${accepted} were accepted.`)
    return accepted
  })
}

async function onLanes(
  { port, ...shape }: Posts,
  send: (lane: HttpLane, path: string) => Promise<number>,
): Promise<Driven> {
  using stack = new DisposableStack()
  const lanes = await Promise.all(Array.from({ length: shape.lanes }, () => HttpLane.connect(port)))
  for (const lane of lanes) stack.use(lane)
  return await drive(shape, (lane, path) => send(lanes[lane] as HttpLane, path))
}

function unexpected({ status, body }: Answer): Error {
  return new Error(`The receiver answers ${status}: ${body.toString('utf8', 0, 300)}`)
}
