/** Something that becomes due: `dueAt` in milliseconds of `performance.now()`, `heapIndex` −1 while not waiting. */
export interface Due {
  dueAt: number
  heapIndex: number
}

// setTimeout takes no more; a timer that fires too early is set again.
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A binary heap of deadlines with one timer for all of them: O(log n) to add, move or remove one. */
export class Deadlines<T extends Due> {
  #heap: T[] = []
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY
  readonly #onDue: (item: T) => void

  constructor(onDue: (item: T) => void) {
    this.#onDue = onDue
  }

  add(item: T): void {
    item.heapIndex = this.#heap.length
    this.#heap.push(item)
    this.#up(item.heapIndex)
    this.#arm()
  }

  remove(item: T): void {
    const index = item.heapIndex
    if (index < 0) return
    item.heapIndex = -1
    const last = this.#heap.pop()
    if (last === undefined || last === item) return
    this.#set(index, last)
    this.#down(index)
    this.#up(last.heapIndex)
  }

  /** Forgets all deadlines and answers their items, in no order. */
  drain(): T[] {
    const items = this.#heap
    this.#heap = []
    for (const item of items) item.heapIndex = -1
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    return items
  }

  #fire(): void {
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    for (let first = this.#heap[0]; first !== undefined && first.dueAt <= now; first = this.#heap[0]) {
      this.remove(first)
      this.#onDue(first)
    }
    this.#arm()
  }

  /** A timer that is too early is not cleared: it fires and sets itself again, so answered messages cost no timer call. */
  #arm(): void {
    const first = this.#heap[0]
    if (first === undefined || first.dueAt >= this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = first.dueAt
    const inMs = Math.min(Math.max(1, Math.ceil(first.dueAt - performance.now())), LONGEST_TIMER_MS)
    this.#timer = setTimeout(() => this.#fire(), inMs)
  }

  #set(index: number, item: T): void {
    this.#heap[index] = item
    item.heapIndex = index
  }

  #up(from: number): void {
    let index = from
    const item = this.#heap[index]
    if (item === undefined) return
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = this.#heap[parentIndex]
      if (parent === undefined || parent.dueAt <= item.dueAt) break
      this.#set(index, parent)
      index = parentIndex
    }
    this.#set(index, item)
  }

  #down(from: number): void {
    let index = from
    const item = this.#heap[index]
    if (item === undefined) return
    for (;;) {
      const left = this.#heap[2 * index + 1]
      const right = this.#heap[2 * index + 2]
      const least = right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left
      if (least === undefined || least.dueAt >= item.dueAt) break
      const leastIndex = least.heapIndex
      this.#set(index, least)
      index = leastIndex
    }
    this.#set(index, item)
  }
}
