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

/**
 * CPU time by the kernel's account while the profiler ran, of one core; null where nothing was read. It is that of
 * what the idle share of the profile speaks of: the busiest thread, or the process where threads are not told apart.
 */
function cpuShare({ observerSteps, stepReadings, target }: Evidence): number | null {
  const ofThread = (target.profile?.analysis.threads.length ?? 0) > 0
  let us = 0
  let cpuUs = 0
  for (const { step, fromUs, toUs, cpuNs, busiestThreadNs } of stepReadings) {
    if (observerSteps[step]?.phase !== 'profiled') continue
    us += toUs - fromUs
    cpuUs += ((ofThread ? busiestThreadNs : null) ?? cpuNs) / 1_000
  }
  return us > 0 ? cpuUs / us : null
}
