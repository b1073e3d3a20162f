import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Operations } from './peer-process.ts'

const ANSWERS = 3

/** The inside of a `PeerProcess`: greets, then answers requests one after the other until the end of the input. */
export async function servePeer(operations: Operations, greeting: object = {}): Promise<void> {
  say(greeting)
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const { op, ...request } = JSON.parse(line)
      say(await (operations[op] as Operations[string])(request as never))
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
