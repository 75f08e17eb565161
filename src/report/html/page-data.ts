import type { ReportData } from '../run-json.js'
import type { FlatFlame } from './flat-flame.js'

/** What the page finds in its JSON element: a `ReportData` whose flame graph is flat. */
export type PageData = Omit<ReportData, 'flame'> & { readonly flame: FlatFlame | null }

/** The id of the JSON element. */
export const dataElementId = 'plimsoll-data'
