import { el } from './dom.js'

/** A text to copy, and the button that does it. */
export function copyable(text: string): HTMLElement {
  const code = el('code', null, text)
  const button = el('button', { type: 'button', class: 'button' }, 'Copy')
  const said = el('span', { class: 'visually-hidden', role: 'status' })
  const say = (what: string): void => {
    button.textContent = what
    said.textContent = what
  }
  button.addEventListener('click', () => {
    copy(text, code).then(
      () => say('Copied'),
      () => say('Press Ctrl + C'),
    )
  })
  return el('div', { class: 'command' }, code, button, said)
}

/** Browsers lend the clipboard to pages that they trust; elsewhere the text is marked, for the reader to copy. */
async function copy(text: string, code: HTMLElement): Promise<void> {
  const selection = getSelection()
  selection?.selectAllChildren(code)
  if (!('clipboard' in navigator)) throw new Error('no clipboard')
  await navigator.clipboard.writeText(text)
  selection?.removeAllRanges()
}
