import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, test } from 'node:test'
import { GuiRpc } from '../src/index.ts'

const END = String.fromCharCode(3)
const PASSWORD = 'a long password'
// md5 of nonce and password.
const NONCE = '1700000000.123456'
const HASHED = 'a70fc56f4723499a894904ab95eb34f9'
const reply = (content: string) => `<boinc_gui_rpc_reply>\n${content}\n</boinc_gui_rpc_reply>\n${END}`

let server: Server | undefined
afterEach(() => void server?.close())

/** A client that answers each request with what `answer` says: a text, or nothing. */
async function listen(answer: (request: string, socket: Socket) => string | undefined): Promise<number> {
  server = createServer((socket) => {
    let buffered = ''
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => {
      buffered += text
      for (let end = buffered.indexOf(END); end >= 0; end = buffered.indexOf(END)) {
        const said = answer(buffered.slice(0, end), socket)
        buffered = buffered.slice(end + 1)
        if (said !== undefined) socket.write(said)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** What a client with PASSWORD says to `auth1` and `auth2`; undefined: it is another request. */
function authentication(request: string): string | undefined {
  if (request.includes('<auth1/>')) return reply(`<nonce>${NONCE}</nonce>`)
  if (request.includes('<auth2>')) return reply(request.includes(HASHED) ? '<authorized/>' : '<unauthorized/>')
  return undefined
}

test('proves that it knows the password, and gets answers in the order of its requests', async () => {
  const port = await listen((request) => authentication(request) ?? reply(/<ask>\d<\/ask>/.exec(request)?.[0] ?? ''))
  using rpc = await GuiRpc.open({ port, password: PASSWORD })
  const answers = await Promise.all([1, 2, 3].map((number) => rpc.call(`<ask>${number}</ask>`)))
  assert.deepEqual(
    answers.map((answer) => answer.numberOf('ask')),
    [1, 2, 3],
  )
})

test('sends a request when the one before was answered', async () => {
  let open = 0
  let most = 0
  const port = await listen((_request, socket) => {
    most = Math.max(most, ++open)
    setImmediate(() => {
      open--
      socket.write(reply('<success/>'))
    })
    return undefined
  })
  using rpc = await GuiRpc.open({ port })
  await Promise.all([rpc.call('<a/>'), rpc.call('<b/>'), rpc.call('<c/>')])
  assert.equal(most, 1)
})

test('an answer may come in many pieces', async () => {
  const port = await listen((_request, socket) => {
    const bytes = Buffer.from(reply('<name>ä€</name>'))
    const write = (at: number) => {
      if (at < bytes.length) socket.write(bytes.subarray(at, at + 1), () => write(at + 1))
    }
    write(0)
    return undefined
  })
  using rpc = await GuiRpc.open({ port })
  assert.equal((await rpc.call('<a/>')).textOf('name'), 'ä€')
})

test('a refusal is told in the client’s words, and the connection goes on', async () => {
  const port = await listen((request) =>
    reply(request.includes('<bad/>') ? '<error>no such project</error>' : '<success/>'),
  )
  using rpc = await GuiRpc.open({ port })
  await assert.rejects(rpc.call('<bad/>'), { code: 'REFUSED', message: 'The client refuses: no such project' })
  assert.ok((await rpc.call('<good/>')).has('success'))
})

describe('fails with a code', () => {
  const FAULTS: Record<string, { code: string; answer: (request: string, socket: Socket) => string | undefined }> = {
    'another password': { code: 'UNAUTHORIZED', answer: () => reply('<unauthorized/>') },
    'a client that ends the connection after a wrong password': {
      code: 'CLOSED',
      answer: (request, socket) => {
        if (!request.includes('<auth2>')) return reply('<nonce>1</nonce>')
        socket.destroy()
        return undefined
      },
    },
    'half an answer': {
      code: 'CLOSED',
      answer: (_request, socket) => {
        socket.end('<boinc_gui_rpc_reply><non')
        return undefined
      },
    },
    'no answer': { code: 'LATE', answer: () => undefined },
    'what is no XML': { code: 'MALFORMED', answer: () => `HTTP/1.1 400 Bad Request\r\n\r\n${END}` },
    'XML of somebody else': { code: 'MALFORMED', answer: () => `<html></html>${END}` },
    'an answer without end': {
      code: 'TOO_LONG',
      answer: (_request, socket) => {
        const piece = Buffer.alloc(1024 * 1024, 'a')
        const write = () => void (socket.writable && socket.write(piece, write))
        write()
        return undefined
      },
    },
  }
  for (const [what, { code, answer }] of Object.entries(FAULTS))
    test(what, async () => {
      const port = await listen(answer)
      const withinMs = code === 'LATE' ? 50 : 60_000
      await assert.rejects(GuiRpc.open({ port, password: PASSWORD, withinMs }), { name: 'GuiRpcError', code })
    })

  test('nobody who listens', async () => {
    const port = await listen(() => undefined)
    server?.close()
    await once(server as Server, 'close')
    await assert.rejects(GuiRpc.open({ port, password: PASSWORD }), { name: 'GuiRpcError', code: 'UNREACHABLE' })
  })

  test('a request behind one that failed', async () => {
    const port = await listen((_request, socket) => {
      socket.destroy()
      return undefined
    })
    using rpc = await GuiRpc.open({ port })
    await assert.rejects(rpc.call('<a/>'), { code: 'CLOSED' })
    await assert.rejects(rpc.call('<b/>'), { code: 'CLOSED' })
  })
})
