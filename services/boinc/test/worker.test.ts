import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { Worker } from '../src/worker.ts'

const END = String.fromCharCode(3)
const URL_A = 'http://a.example/'

let folder: string
let server: Server
let worker: Worker
/** What the client answers, by what a request begins with; it says nothing to others. */
let answers: Record<string, string>
let asked: string[]
const answered = { times: 0, checks: 0 }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boinc-worker-'))
  asked = []
  Object.assign(answered, { times: 0, checks: 0 })
  answers = {
    auth1: '<nonce>1</nonce>',
    auth2: '<authorized/>',
    get_cc_status: '<cc_status></cc_status>',
    acct_mgr_info: '<acct_mgr_info></acct_mgr_info>',
    get_state: '<client_state></client_state>',
    get_messages: '<msgs></msgs>',
    project_attach: '<success/>',
  }
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => {
      const [, name = ''] = /<boinc_gui_rpc_request>\s*<(\w+)/.exec(text) ?? []
      asked.push(name)
      const answer = answers[name]
      if (answer !== undefined) socket.write(`<boinc_gui_rpc_reply>${answer}</boinc_gui_rpc_reply>${END}`)
      else socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  worker = new Worker({
    process: {
      password: 'a long password',
      pid: 1,
      fault: undefined,
      answered: () => void answered.times++,
      kill: () => {},
      checkAnswers: () => void answered.checks++,
      end: async () => {},
    },
    port: (server.address() as AddressInfo).port,
    folder,
    projectsFile: join(folder, 'projects'),
    yielding: undefined,
    everyMs: 5,
    log: createLog('test', 'silent'),
  })
  worker.start()
})
afterEach(async () => {
  await worker.drain(0)
  server.close()
  await rm(folder, { recursive: true })
})

const project = (more = '') =>
  `<client_state><project><master_url>${URL_A}</master_url><hostid>1</hostid>${more}</project></client_state>`
const sees = (state: string) => eventually(() => assert.equal(worker.readiness.state, state, worker.readiness.why))

test('a file of projects that is gone, or cannot be read, changes nothing; an empty one detaches', async () => {
  answers.project_detach_when_done = '<success/>'
  await writeFile(join(folder, 'projects'), `${URL_A} a-long-key`)
  await eventually(() => assert.ok(asked.includes('project_attach')))
  answers.get_state = project()
  await sees('attached')
  await rm(join(folder, 'projects'))
  const looks = answered.times
  await eventually(() => assert.ok(answered.times > looks + 3))
  await writeFile(join(folder, 'projects'), 'no URL\n')
  await eventually(() => assert.match(worker.faults.join(), /^Line 1 of the file of projects/))
  assert.ok(!asked.includes('project_detach_when_done'))
  assert.equal(worker.readiness.state, 'attached')
  await writeFile(join(folder, 'projects'), '')
  await eventually(() => assert.ok(asked.includes('project_detach_when_done')))
})

test('a client that answers half is not taken for one that answers; when it does again, so is it seen', async () => {
  await sees('unattached')
  delete answers.get_cc_status
  await sees('no client')
  assert.equal(worker.seen, undefined)
  const [times, checks] = [answered.times, answered.checks]
  await eventually(() => assert.ok(answered.checks > checks + 3))
  assert.equal(answered.times, times)
  answers.get_cc_status = '<cc_status></cc_status>'
  await sees('unattached')
})

test('a client lives that answers, though its volume is full or its state cannot be read: it is not killed', async () => {
  answers.get_state = '<client_state><project></client_state>'
  await sees('no client')
  const { times } = answered
  await eventually(() => assert.ok(answered.times > times + 3))
})
