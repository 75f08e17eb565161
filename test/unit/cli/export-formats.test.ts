import { describe, expect, it } from 'vitest'
import { exportFormats, readExport, readFormat, reportFormats } from '../../../src/cli/export-formats.js'

describe('readExport', () => {
  it('splits at the first sign of equality', () => {
    expect(readExport('junit=out/load.xml')).toEqual({ format: 'junit', file: 'out/load.xml' })
    expect(readExport('csv=a=b.csv')).toEqual({ format: 'csv', file: 'a=b.csv' })
  })

  it.each([
    ['load.xml', /format and a file/],
    ['junit=', /format and a file/],
    ['junt=load.xml', /'junt' is not a format/],
    ['summary=load.txt', /'summary' is not a format/],
  ])("refuses '%s'", (text, message) => {
    expect(() => readExport(text)).toThrow(message)
  })
})

describe('readFormat', () => {
  it('knows its formats, and names the near miss of another', () => {
    for (const format of reportFormats) expect(readFormat(format, reportFormats)).toBe(format)
    expect(() => readFormat('markdwon', exportFormats)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("Did you mean 'markdown'?") }),
    )
  })
})
