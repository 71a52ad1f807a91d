import type { StormSpanHours } from '../../shared/protocol/views.ts';

/** How much of the past the large view shows, and the key for it. */
export const SPANS: readonly { readonly hours: StormSpanHours; readonly label: string; readonly key: string }[] = [
  { hours: 1, label: '1 hour', key: '1' },
  { hours: 6, label: '6 hours', key: '2' },
  { hours: 24, label: '24 hours', key: '3' },
  { hours: 168, label: '7 days', key: '4' },
  { hours: 504, label: '3 weeks', key: '5' },
];

/** The keys of the watch, as its help shows them. */
export const WATCH_KEYS = [
  { key: 'J', label: 'Next watch query', group: 'Monitor' },
  { key: 'K', label: 'The one before', group: 'Monitor' },
  { key: 'Enter', label: 'Look at it closely', group: 'Monitor' },
  { key: 'Mod K', label: 'Every act', group: 'Everywhere' },
  { key: '?', label: 'These keys', group: 'Everywhere' },
] as const;

/** The keys of the large view of one watch query. */
export const STORM_KEYS = [
  { key: 'Esc', label: 'Back to the watch', group: 'Everywhere' },
  { key: 'F6', label: 'Next place (Shift F6: the one before)', group: 'Everywhere' },
  { key: 'Mod K', label: 'Every act', group: 'Everywhere' },
  { key: '?', label: 'These keys', group: 'Everywhere' },
  ...SPANS.map(({ key, label }) => ({ key, label: `Show ${label}`, group: 'Chart' })),
  { key: '+', label: 'Look closer', group: 'Chart, while it has the focus' },
  { key: '-', label: 'Show more time', group: 'Chart, while it has the focus' },
  { key: '0', label: 'Show all', group: 'Chart, while it has the focus' },
  { key: 'J', label: 'Next in a list', group: 'Lists' },
  { key: 'K', label: 'The one before in a list', group: 'Lists' },
] as const;
