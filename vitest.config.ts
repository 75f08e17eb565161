import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Pure logic, many files in one process. */
const pure = ['test/unit/**/*.test.ts', 'test/architecture/**/*.test.ts']
/** Modules that keep something for the life of a process: their tests get one each. */
const stateful = ['test/unit/scenario/**/*.test.ts', 'test/unit/protocols/socket.test.ts']

/** Protocols and files: no figure is measured, so that what fails once is a fault. */
const exact = [
  ...stateful,
  'test/docs/{links,words}.test.ts',
  'test/integration/{protocols,scenario}/**/*.test.ts',
  'test/integration/profiling/native/pprof-http.test.ts',
]

/** Tests in which no figure of time decides, nor whether the machine was quiet enough: several may run at once. */
const beside = [
  'test/docs/{examples,reference,run-json}.test.ts',
  'test/e2e/command-line/**/*.test.ts',
  'test/e2e/{flame-*,report-page*}.test.ts',
  'test/integration/labs/{faulty,shop,support}.test.ts',
  'test/integration/target/start-target.test.ts',
]

/** Runs that load little, but whose findings would not stand in a crowd: their `concurrent` tests run in pairs. */
const pairs = ['test/docs/commands.test.ts', 'test/truth/{faults,steady-state}.test.ts']
/** At full length a truth has the machine to itself, and one chance. */
const isFull = process.env.PLIMSOLL_TRUTH === 'full'
const pairSize = isFull ? 1 : 2

/** What is done to a target that is not ours: to harm it once is once too often. */
const harmless = ['test/integration/profiling/{attach*,safe-point}.test.ts']

/** Those of `beside` that take longest begin first, so that none is left over when the others are done. */
const longest = ['observed-runs', 'runs', 'workers', 'bad-targets', 'report-page-readers']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      longest.some((name) => moduleId.endsWith(`/${name}.test.ts`))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

const limits = { testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' } as const
/** A run of the command is mostly waiting, so more at once than there are cores keep these busy. */
const together = { maxWorkers: 4, sequence: { groupOrder: 0 } } as const
/**
 * A machine that others use can spoil a figure; it does not do so each time, and a fault does. Only what was measured
 * is looked at again: a crash, a time-out or any other error fails at once. `npm test` names what needed it.
 */
const again = (count: number) => ({ retry: { count, condition: /\bexpected\b/ } })

export default defineConfig({
  test: {
    reporters: ['default'],
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...limits, ...together, ...again(1), name: 'beside', include: beside } },
      { test: { ...limits, ...together, name: 'exact', include: exact } },
      { test: { ...limits, ...together, name: 'pure', include: pure, exclude: stateful, isolate: false } },
      {
        test: {
          ...limits,
          ...again(isFull ? 0 : 2),
          name: 'pairs',
          include: pairs,
          maxWorkers: 1,
          maxConcurrency: pairSize,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // What is measured here would be spoilt by company; what is in no list above is here too.
        test: {
          ...limits,
          ...again(isFull ? 0 : 2),
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...exact, ...beside, ...pure, ...pairs, ...harmless],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...limits,
          name: 'harmless',
          include: harmless,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
