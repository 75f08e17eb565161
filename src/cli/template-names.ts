/** What `plimsoll init` can write; the texts are loaded when one is wanted. */
export const templateNames = ['chat', 'shop', 'http'] as const
export type TemplateName = (typeof templateNames)[number]
