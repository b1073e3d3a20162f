import type { Edge } from '@livepods/system'
import { TcpProxy } from './tcp-proxy.ts'

/** A proxy on every connection of a system, by names such as "receiver→database". */
export class Edges implements AsyncDisposable {
  readonly #proxies = new Map<string, Promise<TcpProxy>>()

  /** For `System.start`: asked again, it leads new connections to the new port. */
  readonly edge: Edge = async (from, to, port) => {
    const name = `${from}→${to}`
    const known = this.#proxies.get(name)
    if (known) (await known).target = port
    else this.#proxies.set(name, TcpProxy.listen(port))
    return (await this.proxy(name)).port
  }

  get names(): string[] {
    return [...this.#proxies.keys()]
  }

  async proxy(name: string): Promise<TcpProxy> {
    const proxy = await this.#proxies.get(name)
    if (!proxy) throw new Error(`There is no edge ${name}; there are ${this.names.join(', ')}.`)
    return proxy
  }

  /** http://host:port at which clients find a listener, also after its process was replaced. */
  async address(listener: string): Promise<string> {
    return `http://127.0.0.1:${(await this.proxy(`clients→${listener}`)).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#proxies.values()].map(async (proxy) => (await proxy)[Symbol.asyncDispose]()))
  }
}
