import { type Frame, type Html, html, layout } from '@livepods/page'
import { messageSections } from './message-sections.ts'
import type { MessageView } from './message-view.ts'

/** The last messages of every stream, and the way that they took. */
export function messagesPage(frame: Frame, view: MessageView): Html {
  return layout(frame, {
    title: 'Messages',
    current: '/',
    styles: ['sink/messages.css'],
    scripts: ['sink/messages.js'],
    live: '/events',
    body: html`<h1>Messages</h1>
${messageSections(view)}`,
  })
}
