export { type Account, Client, type ManagerAccount, type ProjectCommand } from './client.ts'
export { GuiRpc, GuiRpcError, type GuiRpcFault, type GuiRpcOptions } from './gui-rpc.ts'
export {
  type AccountManager,
  type ClientState,
  type ClientStatus,
  type Message,
  type Project,
  TASK_STATES,
  type Task,
  type TaskState,
} from './state.ts'
export { escapeXml, parseXml, XmlElement, XmlError } from './xml.ts'
