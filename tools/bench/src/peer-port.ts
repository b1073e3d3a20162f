import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'

const ANSWERS = 3

/** The inside of a `PeerProcess`: greets, then answers requests one after the other until the end of the input. */
export async function servePeer(answer: (request: never) => Promise<object>, greeting: object = {}): Promise<void> {
  say(greeting)
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await answer(JSON.parse(line) as never))
    } catch (error) {
      say({ error: String(error) })
    }
  }
}

/** Says why this process does not take part, instead of a greeting. */
export function refuseToServe(sentence: string): void {
  say({ refused: sentence })
}

function say(line: object): void {
  writeSync(ANSWERS, `${JSON.stringify(line)}\n`)
}
