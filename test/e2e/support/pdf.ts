import { inflateSync } from 'node:zlib'

/** How many boxes of each fill (`#rrggbb`) the pages of a PDF hold. Images in it are not looked into. */
export function boxesInPdf(pdf: Buffer): Map<string, number> {
  const boxes = new Map<string, number>()
  for (const stream of streamsOf(pdf)) {
    let fill = '#000000'
    for (const line of stream.split('\n')) {
      const color = / RG ([\d.]+) ([\d.]+) ([\d.]+) rg$/.exec(line)
      if (color) fill = `#${color.slice(1).map(hexOf).join('')}`
      else if (line.endsWith(' re')) boxes.set(fill, (boxes.get(fill) ?? 0) + 1)
    }
  }
  return boxes
}

const hexOf = (part: string): string =>
  Math.round(Number(part) * 255)
    .toString(16)
    .padStart(2, '0')

function streamsOf(pdf: Buffer): string[] {
  const found: string[] = []
  for (let at = pdf.indexOf('stream\n'); at >= 0; at = pdf.indexOf('stream\n', at + 1)) {
    // Streams of zlib data begin with this byte; its own end is marked in it.
    if (pdf[at + 7] === 0x78) found.push(inflateSync(pdf.subarray(at + 7)).toString('latin1'))
  }
  return found
}
