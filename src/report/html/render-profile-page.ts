import type { ProfilePage } from './page-data.js'
import { type PageAssets, renderPage } from './page-shell.js'

/**
 * A profile without a load, as one HTML file: the flame graph with its time brush, legend and hottest functions, as
 * the report has them. `reportFlame` makes the flame graphs from the analysis of a profile.
 */
export function renderProfilePage(page: Omit<ProfilePage, 'kind'>, assets: PageAssets): string {
  return renderPage(
    {
      title: `${page.title} · Plimsoll`,
      noScript: `${page.title}. ${page.subtitle}`,
      iconColor: '#3b74d1',
      content: { kind: 'profile', ...page },
    },
    assets,
  )
}
