export function relativeTime(fromNowMs: number): string
export function durationText(ms: number): string
