import type { ProfileJson } from '../report/run-json.js'
import type { Evidence } from './evidence.js'
import { ledgerJson } from './ledger-json.js'

/** The profile as run.json shows it; null if none was taken. */
export function profileJson(evidence: Evidence): ProfileJson | null {
  const { profile } = evidence.target
  if (!profile) return null
  const { seconds, idleShare, categories, unattributed, gcCausedBy, hottest, threads, problems } =
    profile.analysis
  const ledger = ledgerJson(evidence)
  const cost = ledger.find(({ collector }) => collector === 'cpu-profile')
  return {
    how: profile.how,
    files: profile.files.map((file) => `profiles/${file}`),
    seconds,
    observerCost: cost?.cpuPerReply.value ?? null,
    ledger,
    idleShare,
    categories,
    unattributed,
    gcCausedBy,
    hottest: hottest.map((hot) => ({
      function: hot.function,
      file: hot.file,
      line: hot.line,
      selfShare: hot.selfShare,
      totalShare: hot.totalShare,
    })),
    threads: threads.map((thread) => ({ ...thread })),
    problems: [...problems],
  }
}
