import type { FlameLayout } from './layout.js'
import {
  categoryMatcher,
  type FrameMatcher,
  findFrames,
  patternMatcher,
  type SearchResult,
  textMatcher,
} from './search.js'

export type SearchKind = 'text' | 'pattern'

/** What is lit up: frames that a search found, or one category. */
export class Lights {
  #matcher: FrameMatcher | null = null
  #found: SearchResult | null = null
  #category: string | null = null

  get found(): SearchResult | null {
    return this.#found
  }

  /** The category, where it is one that is lit up. */
  get category(): string | null {
    return this.#category
  }

  /** @throws SyntaxError where a pattern is no regular expression; what was lit up stays so */
  search(layout: FlameLayout, text: string, kind: SearchKind): void {
    this.#set(layout, kind === 'text' ? textMatcher(text) : patternMatcher(text), null)
  }

  highlight(layout: FlameLayout, category: string | null): void {
    this.#set(layout, category === null ? null : categoryMatcher(category), category)
  }

  /** Finds again, in another layout. */
  follow(layout: FlameLayout): void {
    this.#found = this.#matcher && findFrames(layout, this.#matcher)
  }

  #set(layout: FlameLayout, matcher: FrameMatcher | null, category: string | null): void {
    this.#matcher = matcher
    this.#category = category
    this.follow(layout)
  }
}
