import { countOf, formatCount } from '../../shared/base/format.ts';

/** How big a file is, for people. */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return countOf(bytes, 'byte');
  return bytes < 1024 * 1024 ? `${formatCount(bytes / 1024)} KB` : `${(bytes / (1024 * 1024)).toFixed(1)} MB`;
}
