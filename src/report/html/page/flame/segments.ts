import { el } from '../dom.js'

/** One button pressed of several. */
export class Segments<Name extends string> {
  readonly element: HTMLElement
  readonly #buttons: ReadonlyMap<Name, HTMLButtonElement>

  constructor(
    label: string,
    choices: readonly { readonly name: Name; readonly text: string; readonly why?: string | null }[],
    onPick: (name: Name) => void,
  ) {
    this.#buttons = new Map(
      choices.map(({ name, text, why }) => {
        const button = el(
          'button',
          {
            type: 'button',
            class: 'segment',
            'aria-pressed': 'false',
            disabled: why != null,
            title: why ?? null,
          },
          text,
        )
        button.addEventListener('click', () => onPick(name))
        return [name, button]
      }),
    )
    this.element = el(
      'div',
      { class: 'segments', role: 'group', 'aria-label': label },
      ...this.#buttons.values(),
    )
  }

  press(name: Name): void {
    for (const [each, button] of this.#buttons) button.setAttribute('aria-pressed', String(each === name))
  }
}
