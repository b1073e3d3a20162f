import type { StreamName } from '../stream-name.ts'

export interface ClaimRequest {
  name: StreamName
  /** Name of the token; undefined where no tokens are set. */
  owner: string | undefined
}

/** Who else might publish a name: asked before a publisher is let in. */
export interface Claims {
  /** Resolves when the name is free for it, and says whether somebody gave it up. Rejects with StreamRefusedError. */
  claim(request: ClaimRequest): Promise<{ tookOver: boolean }>
}
