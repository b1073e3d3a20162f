/** Lets one piece of work run at a time, in the order of the calls. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve()

  async run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    // Whoever comes next waits for the end of this, however it ends; its error belongs to its own caller.
    this.#last = mine.catch(() => {})
    return await mine
  }
}
