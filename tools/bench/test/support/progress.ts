import type { Progress } from '../../src/progress.ts'

/** Keeps what is said. */
export class KeptProgress implements Progress {
  readonly said: string[] = []
  readonly notes: string[] = []

  say(sentence: string): void {
    this.said.push(sentence)
  }

  note(sentence: string): void {
    this.notes.push(sentence)
  }
}
