import { eventually } from '@livepods/testing'
import type { Checks } from './checks.ts'
import type { ClientPod } from './client-pod.ts'
import { type Deployed, expect } from './deployed.ts'
import { kubectl } from './kubectl.ts'
import type { MessageAudit } from './message-audit.ts'

interface Parts {
  checks: Checks
  deployed: Deployed
  client: ClientPod
  messages: MessageAudit
  token: string
}

const WITHIN = { withinMs: 60_000, everyMs: 1000 }

/** Posts a text as curl does, and prints the answer. */
const POST = `
const [url, token, body] = process.argv.slice(2)
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/x-www-form-urlencoded' }
const response = await fetch(url, { method: 'POST', headers, body })
console.log(response.status, await response.text())
`

/** The three tiers of the original: a message stands in the log of a relay and of a sink. */
export async function article({ checks, deployed, client, messages, token }: Parts): Promise<void> {
  const found = async (text: string) => {
    const lines = async (role: 'relay' | 'sink') =>
      (await messages.logs(role)).flatMap((log) => log.split('\n')).filter((line) => line.endsWith(` : ${text}`))
    const [relay, sink] = [await lines('relay'), await lines('sink')]
    expect(relay.length === 1 && sink.length === 1, `"${text}" is in ${relay.length} and ${sink.length} lines`)
    return { relay: relay[0] ?? '', sink: sink[0] ?? '' }
  }

  await checks.run('a message of each sender is in one line of the relays, and in one of the sinks', async () => {
    const pods = await deployed.pods('app=3-level-demo,role=sender')
    for (const { metadata } of pods)
      await eventually(async () => {
        const said = await kubectl(['-n', 'livepods', 'logs', metadata.name])
        const [, text = ''] = /^\*{8} {2}Sending (.+)$/m.exec(said) ?? []
        await found(text)
      }, WITHIN)
    return `${pods.length} senders`
  })
  await checks.run('the curl of the original works at the NodePort of the relays', async () => {
    const address = await client.nodeAddress()
    const said = await client.run(POST, `http://${address}:30100/relay.php`, token, 'by hand')
    expect(/^20[02] (Logged|Stored) message from [\d.]+/.test(said), said)
    const { sink } = await eventually(() => found('by hand'), WITHIN)
    return sink
  })
}
