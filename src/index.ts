export { type LogNormal, Random } from './kernel/random.js'
export { type Corpus, corpus } from './scenario/corpus.js'
export type { Feeder, FeedOrder, FeedShare } from './scenario/feeder.js'
export { csvFeeder, type FeederOptions, jsonFeeder, listFeeder } from './scenario/feeders.js'
export { fill, type JsonTemplate, type JsonValue, jsonPayload } from './scenario/json-payload.js'
export { MessageError } from './scenario/message-error.js'
export type { CsvOptions, DataFile, JsonOptions } from './scenario/rows/open-rows.js'
export {
  defineScenario,
  type Load,
  type PayloadContext,
  type PayloadFunction,
  type ReplyFunction,
  type Scenario,
  type SessionsLoad,
  type Stage,
  type Tls,
  type Traffic,
} from './scenario/scenario.js'
export type {
  HttpCall,
  HttpClient,
  HttpRequestOptions,
  HttpResponse,
  PacedOptions,
  SessionFunction,
  Turn,
  User,
  UserSocket,
  WebSocketOptions,
} from './scenario/session.js'
export { type Size, type SizeBounds, type SizeLaw, sizes } from './scenario/size-laws.js'
