import type { TemplateName } from '../template-names.js'
import { chatTemplate } from './chat.js'
import { httpTemplate } from './http.js'
import { shopTemplate } from './shop.js'

export interface Template {
  readonly text: string
  readonly description: string
  /** The service that comes with Plimsoll and answers to it, with its options. */
  readonly lab: readonly [program: string, ...options: string[]]
}

/** The scenarios that `plimsoll init` writes. */
export const templates = {
  chat: {
    text: chatTemplate,
    description: 'a chat over WebSocket: one kind of message on many connections',
    lab: ['chat-server.js', '--snapshot', 'on-join'],
  },
  shop: {
    text: shopTemplate,
    description: 'a visit to a shop: a session of HTTP and WebSocket, step by step',
    lab: ['shop.js'],
  },
  http: {
    text: httpTemplate,
    description: 'requests to an HTTP service, at a rate that rises',
    lab: ['echo.js'],
  },
} as const satisfies Record<TemplateName, Template>
