import type { ProfileJson } from '../report/profile-schema.js'
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
    cpuShare: cpuShare(evidence),
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

/** The processes' CPU time by the kernel's account while the profiler ran, of one core; null where nothing was read. */
function cpuShare({ observerSteps, stepReadings }: Evidence): number | null {
  const profiled = stepReadings.filter(({ step }) => observerSteps[step]?.phase === 'profiled')
  const us = profiled.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0)
  return us > 0 ? profiled.reduce((sum, { cpuNs }) => sum + cpuNs / 1_000, 0) / us : null
}
