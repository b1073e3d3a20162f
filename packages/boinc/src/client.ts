import { GuiRpc, GuiRpcError, type GuiRpcOptions } from './gui-rpc.ts'
import {
  type AccountManager,
  type ClientState,
  type ClientStatus,
  type Message,
  managerIn,
  messagesIn,
  stateIn,
  statusIn,
  type Task,
} from './state.ts'
import { escapeXml } from './xml.ts'

/** What a client can be told of a project, and the request that tells it. */
const PROJECT_REQUESTS = {
  update: 'project_update',
  suspend: 'project_suspend',
  resume: 'project_resume',
  nomorework: 'project_nomorework',
  allowmorework: 'project_allowmorework',
  detach: 'project_detach',
  'detach-when-done': 'project_detach_when_done',
  'dont-detach-when-done': 'project_dont_detach_when_done',
} as const

// lib/error_numbers.h of BOINC.
const IN_PROGRESS = -204

export type ProjectCommand = keyof typeof PROJECT_REQUESTS

/** Whom to attach to. */
export interface Account {
  /** Master URL of the project. */
  url: string
  /** Account key, or a weak one. */
  key: string
}

/** Who says whom to attach to. */
export interface ManagerAccount {
  /** With a slash at its end. */
  url: string
  name: string
  /** Or `hash:` and the MD5 of password and name in hex. */
  password: string
}

/** A client that knows us by its password. Every method rejects with GuiRpcError. */
export class Client implements Disposable {
  readonly #rpc: GuiRpc

  static async open(options: GuiRpcOptions): Promise<Client> {
    return new Client(await GuiRpc.open(options))
  }

  private constructor(rpc: GuiRpc) {
    this.#rpc = rpc
  }

  async status(): Promise<ClientStatus> {
    return statusIn(await this.#rpc.call('<get_cc_status/>'))
  }

  async state(): Promise<ClientState> {
    return stateIn(await this.#rpc.call('<get_state/>'))
  }

  /** Messages with a higher number than `after`, the oldest first. */
  async messages(after = 0): Promise<Message[]> {
    return messagesIn(await this.#rpc.call(`<get_messages>\n<seqno>${after}</seqno>\n</get_messages>`))
  }

  /** Begins to attach. That it resolves says nothing of host and key: see `Project.hostId` and messages. */
  async attach({ url, key }: Account): Promise<void> {
    await this.#do(
      'project_attach',
      `<project_url>${escapeXml(url)}</project_url>\n<authenticator>${escapeXml(key)}</authenticator>\n<project_name></project_name>`,
    )
  }

  /** The account manager that the client follows; undefined: none. */
  async manager(): Promise<AccountManager | undefined> {
    return managerIn(await this.#rpc.call('<acct_mgr_info/>'))
  }

  /**
   * Asks an account manager to take us in. That it resolves says nothing of host and password: see `manager()` and messages. The client
   * refuses while it follows another one, or another account of this one, and while it calls somebody else.
   */
  async attachManager({ url, name, password }: ManagerAccount): Promise<void> {
    await this.#askManager(url, name, password)
    const error = (await this.#rpc.call('<acct_mgr_rpc_poll/>')).child('acct_mgr_rpc_reply')?.numberOf('error_num') ?? 0
    if (error !== 0 && error !== IN_PROGRESS)
      throw new GuiRpcError('REFUSED', `The client does not ask the account manager: error ${error}.`)
  }

  /** Follows no account manager any more, at once; its projects stay. Only for a client that follows one. */
  async detachManager(): Promise<void> {
    await this.#askManager('', '', '')
  }

  async project(command: ProjectCommand, url: string): Promise<void> {
    await this.#do(PROJECT_REQUESTS[command], `<project_url>${escapeXml(url)}</project_url>`)
  }

  async task(command: 'suspend' | 'resume', { project, name }: Pick<Task, 'project' | 'name'>): Promise<void> {
    await this.#do(
      `${command}_result`,
      `<project_url>${escapeXml(project)}</project_url>\n<name>${escapeXml(name)}</name>`,
    )
  }

  /** Computes by its preferences, or not at all; for so many seconds, then as before; 0: from now on. restore: as before, at once. */
  async setRunMode(mode: 'auto' | 'never' | 'restore', seconds = 0): Promise<void> {
    await this.#do('set_run_mode', `<${mode}/>\n<duration>${seconds}</duration>`)
  }

  /** Tells it to end; it gives its tasks up to a minute for that. */
  async quit(): Promise<void> {
    await this.#do('quit', '')
  }

  [Symbol.dispose](): void {
    this.#rpc[Symbol.dispose]()
  }

  async #askManager(url: string, name: string, password: string): Promise<void> {
    const [at, user, proof] = [url, name, password].map(escapeXml)
    await this.#do('acct_mgr_rpc', `<url>${at}</url>\n<name>${user}</name>\n<password>${proof}</password>`)
  }

  async #do(request: string, content: string): Promise<void> {
    const answer = await this.#rpc.call(`<${request}>\n${content}\n</${request}>`)
    if (!answer.has('success'))
      throw new GuiRpcError('MALFORMED', `The client does not say whether it did ${request.replaceAll('_', ' ')}.`)
  }
}
