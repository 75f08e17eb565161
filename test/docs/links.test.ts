import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { markdownFiles, proseOf, readText, root } from './markdown.js'

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const anchorsOf = (file: string): Set<string> =>
  new Set(Array.from(readText(file).matchAll(/^#{1,6} (.+)$/gm), (match) => slug(match[1]!.trim())))

function problemOf(file: string, link: string): string | null {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? file : join(dirname(file), path)
  if (!existsSync(join(root, target))) return `${file}: ${link} does not exist`
  if (anchor && target.endsWith('.md') && !anchorsOf(target).has(anchor))
    return `${file}: ${link} has no such heading`
  return null
}

describe('links of the documentation', () => {
  it.each(markdownFiles())('%s: every relative link and image leads somewhere', (file) => {
    const links = Array.from(proseOf(file).matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g), (match) => match[1]!)
    const relative = links.filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
    expect(relative.map((link) => problemOf(file, link)).filter((problem) => problem !== null)).toEqual([])
  })

  it('finds a link to nothing', () => {
    expect(problemOf('README.md', 'nowhere.md')).toBe('README.md: nowhere.md does not exist')
    expect(problemOf('README.md', 'CHANGELOG.md#nothing')).toBe(
      'README.md: CHANGELOG.md#nothing has no such heading',
    )
  })

  it('the README shows the report', () => {
    expect(readText('README.md')).toContain('](docs/images/report.png)')
  })
})
