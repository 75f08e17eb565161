import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface NodeVersion {
  readonly major: number
  /** The program; null where this version could not be installed for this machine. */
  readonly binary: string | null
  /** For the name of a test: says so where the version is missing. */
  readonly title: string
}

/** The Node versions that Plimsoll attaches to; `scripts/ensure-tools.mjs` installs them from `test/node-versions`. */
export const nodeVersions: readonly NodeVersion[] = [20, 22, 24, 26].map((major) => {
  const binary = fileURLToPath(
    new URL(`../../node-versions/node_modules/node-${major}-${process.arch}/bin/node`, import.meta.url),
  )
  return existsSync(binary)
    ? { major, binary, title: `Node ${major}` }
    : { major, binary: null, title: `Node ${major}, which is not to be had on ${process.arch}` }
})

export const installedVersions = nodeVersions.filter(
  (version): version is NodeVersion & { binary: string } => version.binary !== null,
)

export type InstalledVersion = (typeof installedVersions)[number]

/** Does the same with each version at once, and says with which it failed. */
export async function withEachVersion(test: (version: InstalledVersion) => Promise<void>): Promise<void> {
  await Promise.all(
    installedVersions.map(async (version) => {
      try {
        await test(version)
      } catch (error) {
        throw new Error(`${version.title}: ${(error as Error).message}`, { cause: error })
      }
    }),
  )
}

/** For the name of a test that uses `withEachVersion`. */
export const versionTitles = nodeVersions.map(({ title }) => title).join(', ')
