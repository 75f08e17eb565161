/** The options that every load command shares, as the command line (or a caller) gives them: text, not yet read. */
export interface LoadOptions {
  readonly connections?: string
  readonly rate?: string
  readonly duration?: string
  readonly arrival?: string
  readonly warmup?: string
  readonly payload?: string
  readonly bodyFile?: string
  readonly pipelining?: string
  readonly reply?: string
  readonly timeout?: string
  readonly header?: readonly string[]
  readonly method?: string
  readonly subprotocol?: readonly string[]
  readonly insecure?: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly compression?: boolean
  readonly slo?: readonly string[]
  readonly abortOnFail?: boolean
  readonly explore?: boolean
  readonly observe?: string
  readonly profile?: string
  readonly pprof?: string
  readonly syscalls?: boolean
  readonly connectRate?: string
  readonly reconnect?: boolean
  readonly maxOutstanding?: string
  readonly workers?: string
  readonly seed?: string
  readonly pacing?: string
  readonly allowHost?: readonly string[]
  readonly out?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly export?: readonly string[]
  readonly summaryTrend?: string
  readonly every?: string
  readonly dry?: boolean
  readonly config?: string
}
