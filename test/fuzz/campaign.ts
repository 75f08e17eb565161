import { Random } from '../../src/kernel/random.js'
import { cut, cutPlaces, mutate } from './mutate.js'
import type { Reading, Target } from './target.js'

/** Something that must not be. */
export interface Finding {
  readonly target: string
  readonly what: string
  /** Base64 of the input, to repeat it with. */
  readonly input: string
  readonly variant: number
}

export interface CampaignResult {
  readonly inputs: number
  /** Inputs that took a way through the parser which none before had taken. */
  readonly corpus: number
  /** Of the comparisons with the other implementation. */
  readonly compared: number
  readonly bothAccept: number
  readonly bothRefuse: number
  /** Explained differences by their id in docs/parser-differences.md. */
  readonly differences: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
}

export interface CampaignOptions {
  readonly inputs: number
  readonly seed: number
  /** Every n-th input is compared with the other implementation. */
  readonly compareEvery: number
}

/** So many are enough to work on. */
const mostFindings = 20
const mostCorpus = 4_000
/** Comparisons that are under way at once. */
const batch = 256
/** Inputs of the corpus up to this length are cut at every byte boundary. */
const longestToCutEverywhere = 600

interface Input {
  readonly bytes: Buffer
  readonly variant: number
}

/**
 * Feeds a parser mutated inputs. An input that makes it do something new joins the corpus, from which later ones
 * are made: guided by what the parser is seen to do.
 */
export class Campaign {
  readonly #target: Target
  readonly #random: Random
  readonly #options: CampaignOptions
  readonly #corpus: Buffer[] = []
  readonly #signatures = new Set<string>()
  readonly #findings: Finding[] = []
  readonly #differences: Record<string, number> = {}
  #compared = 0
  #bothAccept = 0
  #bothRefuse = 0

  constructor(target: Target, options: CampaignOptions) {
    this.#target = target
    this.#options = options
    this.#random = new Random(options.seed)
  }

  async run(): Promise<CampaignResult> {
    const { inputs, compareEvery } = this.#options
    let pending: Array<Promise<void>> = []
    let done = 0
    for (; done < inputs && this.#findings.length < mostFindings; done++) {
      const input = this.#next()
      const reading = this.#examine(input)
      if (reading === null || done % compareEvery !== 0) continue
      pending.push(this.#compare(input, reading))
      if (pending.length < batch) continue
      await Promise.all(pending)
      pending = []
    }
    await Promise.all(pending)
    return {
      inputs: done,
      corpus: this.#corpus.length,
      compared: this.#compared,
      bothAccept: this.#bothAccept,
      bothRefuse: this.#bothRefuse,
      differences: this.#differences,
      findings: this.#findings,
    }
  }

  /** One of twelve as it was generated; the others are mutants, of fresh ones or of the corpus. */
  #next(): Input {
    const random = this.#random
    const variant = random.integer(0, this.#target.variants - 1)
    const fresh = this.#target.generate(random)
    if (random.integer(0, 11) === 0) return { bytes: fresh, variant }
    const known = this.#corpus.length > 0 && random.integer(0, 1) === 0 ? random.pick(this.#corpus) : fresh
    const other = this.#corpus.length > 0 ? random.pick(this.#corpus) : fresh
    return { bytes: mutate(known, random, other, this.#target.dictionary), variant }
  }

  /** Reads it whole and cut; null where the parser threw. */
  #examine(input: Input): Reading | null {
    const whole = this.#read(input, [])
    if (whole === null) return null
    const signature = `${input.variant} ${this.#target.signature(whole)}`
    if (!this.#signatures.has(signature) && this.#corpus.length < mostCorpus) {
      this.#signatures.add(signature)
      this.#corpus.push(input.bytes)
      this.#cutEverywhere(input, whole)
    }
    this.#cutAt(input, cutPlaces(input.bytes.length, this.#random), whole)
    return whole
  }

  #cutEverywhere(input: Input, whole: Reading): void {
    const { length } = input.bytes
    if (length > longestToCutEverywhere) return
    const all = Array.from({ length: length - 1 }, (_, at) => at + 1)
    for (const place of all) this.#cutAt(input, [place], whole)
    this.#cutAt(input, all, whole)
  }

  #cutAt(input: Input, places: readonly number[], whole: Reading): void {
    const parts = this.#read(input, places)
    if (parts === null || sameEvents(parts.events, whole.events)) return
    this.#find(
      input,
      `cut at ${places}: ${JSON.stringify(parts.events)}; whole: ${JSON.stringify(whole.events)}`,
    )
  }

  #read(input: Input, places: readonly number[]): Reading | null {
    try {
      const reading = this.#target.read(cut(input.bytes, places), input.variant)
      const limit = this.#target.peakLimit(input.variant)
      if (reading.peakBytes > limit)
        this.#find(input, `held ${reading.peakBytes} bytes, the limit is ${limit}`)
      return reading
    } catch (error) {
      this.#find(input, `threw ${(error as Error).stack}`)
      return null
    }
  }

  async #compare(input: Input, ours: Reading): Promise<void> {
    const agreement = await this.#target.compare(input.bytes, ours, input.variant)
    if (agreement === 'not compared') return
    this.#compared++
    if (agreement === 'both accept') this.#bothAccept++
    else if (agreement === 'both refuse') this.#bothRefuse++
    else if ('id' in agreement) {
      this.#differences[agreement.id] = (this.#differences[agreement.id] ?? 0) + 1
    } else this.#find(input, agreement.unexplained)
  }

  #find({ bytes, variant }: Input, what: string): void {
    if (this.#findings.length >= mostFindings) return
    this.#findings.push({ target: this.#target.name, what, input: bytes.toString('base64'), variant })
  }
}

function sameEvents(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((event, at) => event === right[at])
}
