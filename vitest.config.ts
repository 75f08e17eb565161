import { defineConfig } from 'vitest/config'

/** Tests in which no figure of time decides, nor whether a measurement is valid: two of them may run at once. */
const beside = [
  'test/unit/**/*.test.ts',
  'test/architecture/**/*.test.ts',
  'test/docs/{examples,links,reference,run-json,words}.test.ts',
  'test/integration/{protocols,scenario}/**/*.test.ts',
  'test/e2e/command-line/{bad-targets,completion,compression,dry-run,feeders,floods,http-depth}.test.ts',
  'test/e2e/command-line/{interrupts,report-formats,sessions,tls,usage,wire-options}.test.ts',
]

const limits = { testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' } as const

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          ...limits,
          name: 'beside',
          include: beside,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // What is measured here would be spoilt by company.
        test: {
          ...limits,
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: beside,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
