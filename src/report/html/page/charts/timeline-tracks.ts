import type { PageData } from '../../page-data.js'
import { HeatPainter } from './heat-map.js'
import { connectionTrack, errorTrack, rateTrack, responseTrack } from './load-tracks.js'
import { generatorTrack, targetTracks } from './process-tracks.js'
import type { Track } from './track.js'

/** The tracks that this run has data for, from what users feel down to the generator. */
export function timelineTracks(data: PageData): Track[] {
  const response = responseTrack(data)
  return [
    response,
    ...heatTrack(data, response),
    rateTrack(data),
    errorTrack(data),
    connectionTrack(data),
    ...targetTracks(data),
    generatorTrack(data),
  ].filter((track) => track.quiet !== null || track.lines.length > 0)
}

function heatTrack({ heatMap }: PageData, response: Track): Track[] {
  if (heatMap === null || heatMap.columns.length === 0) return []
  const p99 = response.lines.find(({ label }) => label === 'p99')!
  return [
    {
      title: 'Response time, every message',
      unit: 'ms',
      log: true,
      quiet: null,
      lines: [{ ...p99, color: '--heat-line', widthPx: 1.25 }],
      heat: new HeatPainter(heatMap),
    },
  ]
}
