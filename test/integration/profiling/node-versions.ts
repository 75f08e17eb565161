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
