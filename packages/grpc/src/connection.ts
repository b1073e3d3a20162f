import {
  Channel,
  type ChannelOptions,
  type Client,
  type ClientOptions,
  credentials,
  InterceptingCall,
  type Interceptor,
} from '@grpc/grpc-js'

const OPTIONS: ChannelOptions = {
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  // A peer whose machine is busy may say nothing for many seconds, and the calls on a connection that is given up all fail: each call has
  // a deadline of its own, so nobody waits for this one. It only ends connections whose peer is gone.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 20_000,
  // The default of 120 s would decide how soon a server that is back is used again.
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.max_receive_message_length': 16 * 1024 * 1024,
}

export type ClientType<C extends Client> = new (
  address: string,
  creds: ReturnType<typeof credentials.createInsecure>,
  options: ClientOptions,
) => C

export interface ConnectOptions {
  /** Whose token every call carries. */
  token?: { readonly headers: { authorization?: string } } | undefined
}

/**
 * A way to a server that its clients share with nobody else. A new one tries to connect with its first call, at once: grpc-js has no
 * deadline for a connection that is being made, and one that fell into a black hole would be waited for after the server's return.
 */
export class Connection implements Disposable {
  readonly #address: string
  readonly #channel: Channel
  readonly #options: ConnectOptions

  constructor(address: string, options: ConnectOptions = {}) {
    this.#address = address
    this.#options = options
    this.#channel = new Channel(address, credentials.createInsecure(), {
      ...OPTIONS,
      'grpc.use_local_subchannel_pool': 1,
    })
  }

  client<C extends Client>(type: ClientType<C>): C {
    return new type(this.#address, credentials.createInsecure(), {
      channelOverride: this.#channel,
      interceptors: carrying(this.#options),
    })
  }

  /** Calls under way end as they would. */
  [Symbol.dispose](): void {
    this.#channel.close()
  }
}

/** Opens a client: connects lazily, notices within half a minute that its peer is gone, spreads calls over all addresses of a `dns:///` name. */
export function connect<C extends Client>(type: ClientType<C>, address: string, options: ConnectOptions = {}): C {
  return new type(address, credentials.createInsecure(), { ...OPTIONS, interceptors: carrying(options) })
}

function carrying({ token }: ConnectOptions): Interceptor[] {
  if (!token) return []
  return [
    (options, nextCall) =>
      new InterceptingCall(nextCall(options), {
        start: (metadata, listener, next) => {
          const { authorization } = token.headers
          if (authorization) metadata.set('authorization', authorization)
          next(metadata, listener)
        },
      }),
  ]
}
