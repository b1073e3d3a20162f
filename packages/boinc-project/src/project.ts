import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  privateEncrypt,
} from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface BoincProjectOptions {
  /** Where it listens, and is reached; the loopback address and any port unless given. */
  address?: string
  port?: number
  /** The Node that runs its tasks where the client is; the one that runs this unless given. */
  node?: string
  /** The account key that it takes. */
  key?: string
  /** How many tasks it has to give; one at a time. */
  tasks?: number
  /** How many of them may be unreported; a client would take as many as it can compute in hours. */
  openTasks?: number
  /** The number of the first one: a client has each name once. */
  firstTask?: number
  /** Who may ask its account manager; a client sends the hash of both. */
  managerAccount?: { name: string; password: string }
  /** What it signs with, as PEM (PKCS 8): a client knows a project by that; a new one unless given. */
  privateKey?: string
  /** What a task takes, and how often it checkpoints, in seconds of CPU time. */
  taskSeconds?: number
  checkpointSeconds?: number
}

/** What a client has reported of a task. */
export interface ReportedTask {
  name: string
  exitStatus: number
  cpuSeconds: number
  /** What its program has told: "started at 0.0", and so on. */
  lines: string[]
}

const TASK = new URL('task.js', import.meta.url)
const INPUT = Buffer.from('input\n')
const KEY_BITS = 1024

/**
 * A BOINC project as far as a client sees one: master page, scheduler, downloads with signatures, uploads. Its tasks only let time pass.
 * What a client is particular about: without `api_version` a task gets no file to tell its progress through, and the key of signatures
 * comes with the first answer only.
 */
export class BoincProject implements AsyncDisposable {
  key: string
  /** Everything is answered with 503. */
  isDown = false
  /** What its account manager tells clients to attach to. */
  managed: 'itself' | 'nothing' = 'itself'
  /** Downloads begin once it resolves. */
  downloads: Promise<void> = Promise.resolve()
  readonly reported: ReportedTask[] = []
  /** Contents by the names of files. */
  readonly uploaded = new Map<string, string>()
  /** Calls of the scheduler with a key that it takes. */
  schedulerCalls = 0
  readonly #options: Required<Omit<BoincProjectOptions, 'address' | 'port' | 'node' | 'key' | 'privateKey'>>
  readonly #server: Server
  readonly #program: Buffer
  readonly #privateKey: KeyObject
  #hosts = 0
  #given = 0

  static async start(options: BoincProjectOptions = {}): Promise<BoincProject> {
    const { address = '127.0.0.1', port = 0, ...rest } = options
    const project = new BoincProject(rest)
    project.#server.listen(port, address)
    await once(project.#server, 'listening')
    return project
  }

  private constructor(options: Omit<BoincProjectOptions, 'address' | 'port'>) {
    const { key = 'an-account-key', privateKey = newPrivateKey(), node = process.execPath, ...rest } = options
    this.key = key
    this.#program = Buffer.from(`#!${node}\n${readFileSync(TASK, 'utf8')}`)
    this.#privateKey = createPrivateKey(privateKey)
    const managerAccount = { name: 'somebody', password: 'a-password' }
    const tasks = { tasks: 2, openTasks: 2, firstTask: 1, taskSeconds: 6, checkpointSeconds: 1 }
    this.#options = { managerAccount, ...tasks, ...rest }
    this.#server = createServer((request, response) => void this.#respond(request, response))
  }

  /** What people call its master URL. */
  get url(): string {
    return `${this.#base}/project/`
  }

  /** URL of an account manager that knows this project. */
  get managerUrl(): string {
    return `${this.#base}/manager/`
  }

  get #base(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return new URL(`http://${address}:${port}`).origin
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = this.isDown ? 503 : await this.#answer(request)
    if (typeof answer === 'number') response.writeHead(answer).end()
    else response.end(answer)
  }

  async #answer(request: IncomingMessage): Promise<string | Buffer | number> {
    const body = (await buffer(request)).toString('latin1')
    const path = (request.url ?? '').replace(/\?.*/, '')
    if (path === '/project/') return `<!-- <scheduler>${this.#base}/scheduler</scheduler> -->\n`
    if (path === '/scheduler') return this.#schedule(body)
    if (path === '/manager/rpc.php') return this.#manage(body)
    if (path === '/upload') return this.#upload(body)
    if (path.startsWith('/download/')) {
      await this.downloads
      return path === '/download/program' ? this.#program : INPUT
    }
    return 404
  }

  #schedule(request: string): string {
    if (textIn(request, 'authenticator') !== this.key)
      return reply(`<message priority="low">Invalid or missing account key.</message>
<request_delay>3600</request_delay>
<project_name>Made up</project_name>`)
    this.schedulerCalls++
    const host = Number(textIn(request, 'hostid')) || ++this.#hosts
    const reported = [...request.matchAll(/<result>([\s\S]*?)<\/result>/g)].map(([, result = '']) => reportIn(result))
    for (const task of reported) if (!this.reported.some(({ name }) => name === task.name)) this.reported.push(task)
    const { tasks, openTasks, firstTask } = this.#options
    const isAsked = Number(textIn(request, 'work_req_seconds') ?? 0) > 0
    const hasOne = this.#given < tasks && this.#given - this.reported.length < openTasks
    const credit = this.reported.length * 10
    return reply(`<scheduler_version>720</scheduler_version>
<master_url>${this.url}</master_url>
<request_delay>1</request_delay>
<project_name>Made up</project_name>
<user_name>Nobody</user_name>
<hostid>${host}</hostid>
${request.includes('<code_sign_key>') ? '' : `<code_sign_key>\n${publicText(createPublicKey(this.#privateKey))}</code_sign_key>`}
<user_total_credit>${credit}</user_total_credit>
<host_total_credit>${credit}</host_total_credit>
${reported.map(({ name }) => `<result_ack><name>${name}</name></result_ack>`).join('\n')}
${isAsked && hasOne ? this.#task(firstTask + this.#given++, textIn(request, 'platform_name') ?? '') : ''}`)
  }

  #task(number: number, platform: string): string {
    const { taskSeconds, checkpointSeconds } = this.#options
    const checksum = (bytes: Buffer) => `<md5_cksum>${hash('md5', bytes)}</md5_cksum><nbytes>${bytes.length}</nbytes>`
    return `<app><name>wait</name><user_friendly_name>Waiting</user_friendly_name></app>
<file_info><name>program</name><url>${this.#base}/download/program</url><executable/>${checksum(this.#program)}<file_signature>
${signature(this.#program, this.#privateKey)}</file_signature></file_info>
<file_info><name>input</name><url>${this.#base}/download/input</url>${checksum(INPUT)}</file_info>
<file_info><name>output_${number}</name><generated_locally/><upload_when_present/><max_nbytes>10000</max_nbytes><upload_url>${this.#base}/upload</upload_url></file_info>
<app_version><app_name>wait</app_name><version_num>100</version_num><api_version>7.20.0</api_version><platform>${platform}</platform><avg_ncpus>1</avg_ncpus><flops>1e9</flops><file_ref><file_name>program</file_name><main_program/></file_ref></app_version>
<workunit><rsc_fpops_est>${taskSeconds}e9</rsc_fpops_est><rsc_fpops_bound>${taskSeconds}e15</rsc_fpops_bound><rsc_memory_bound>1e8</rsc_memory_bound><rsc_disk_bound>1e8</rsc_disk_bound><name>unit_${number}</name><app_name>wait</app_name><command_line>${taskSeconds} ${checkpointSeconds}</command_line><file_ref><file_name>input</file_name><open_name>in</open_name><copy_file/></file_ref></workunit>
<result><name>task_${number}</name><report_deadline>${Math.floor(Date.now() / 1000) + 86_400}</report_deadline><wu_name>unit_${number}</wu_name><file_ref><file_name>output_${number}</file_name><open_name>out</open_name><copy_file/></file_ref></result>`
  }

  #manage(request: string): string {
    const { name, password } = this.#options.managerAccount
    const isKnown =
      textIn(request, 'name') === name &&
      textIn(request, 'password_hash') === hash('md5', password + name.toLowerCase())
    if (!isKnown)
      return managerReply(`<error_num>-206</error_num>\n<error_msg>Nobody has this name and password.</error_msg>`)
    const account = `<account>
<url>${this.url}</url>
<url_signature>
${signature(Buffer.from(this.url), this.#privateKey)}</url_signature>
<authenticator>${this.key}</authenticator>
</account>`
    return managerReply(`<name>Made-up manager</name>
<signing_key>
${publicText(createPublicKey(this.#privateKey))}</signing_key>
<repeat_sec>3600</repeat_sec>
${this.managed === 'itself' ? account : ''}`)
  }

  /** A file comes whole; before that the client asks how much of it is there. */
  #upload(request: string): string {
    const asked = textIn(request, 'get_file_size')
    if (asked !== undefined) return uploadReply(`<file_size>${this.uploaded.get(asked)?.length ?? 0}</file_size>`)
    const start = request.indexOf('<data>\n') + '<data>\n'.length
    const bytes = Number(textIn(request, 'nbytes'))
    this.uploaded.set(textIn(request, 'name') ?? '', request.slice(start, start + bytes))
    return uploadReply('')
  }
}

/** As PEM. */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: KEY_BITS })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

function reply(content: string): string {
  return `<scheduler_reply>\n${content}\n</scheduler_reply>\n`
}

function managerReply(content: string): string {
  return `<acct_mgr_reply>\n${content}\n</acct_mgr_reply>\n`
}

function uploadReply(content: string): string {
  return `<data_server_reply>\n<status>0</status>\n${content}\n</data_server_reply>\n`
}

function reportIn(result: string): ReportedTask {
  return {
    name: textIn(result, 'name') ?? '',
    exitStatus: Number(textIn(result, 'exit_status')),
    cpuSeconds: Number(textIn(result, 'final_cpu_time')),
    lines: result.match(/^(started|quit) at .*$/gm) ?? [],
  }
}

function textIn(xml: string, element: string): string | undefined {
  return new RegExp(`<${element}>\\s*([^<]*?)\\s*</${element}>`).exec(xml)?.[1]
}

/** BOINC's form of bytes: hex in lines of 64 digits, with a full stop behind them. */
function hexLines(bytes: Buffer): string {
  return `${(bytes.toString('hex').match(/.{1,64}/g) ?? []).join('\n')}\n.\n`
}

/** Number of bits, then modulus and exponent, each as wide as the key. */
function publicText(key: KeyObject): string {
  const { n = '', e = '' } = key.export({ format: 'jwk' })
  const padded = (part: string) => {
    const bytes = Buffer.from(part, 'base64url')
    return Buffer.concat([Buffer.alloc(KEY_BITS / 8 - bytes.length), bytes])
  }
  return `${KEY_BITS}\n${hexLines(Buffer.concat([padded(n), padded(e)]))}`
}

/** The MD5 in hex, encrypted with the private key. */
function signature(bytes: Buffer, key: KeyObject): string {
  return hexLines(privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(hash('md5', bytes))))
}
