import { createHash } from 'node:crypto';
import { FeedId } from '../../shared/base/ids.ts';
import { idFromName } from '../commands/founding.ts';

/** An id shows only the beginning of a name, without its accents and scripts; the digest tells apart what that hides. */
export function feedIdOf(name: string): FeedId {
  const digest = createHash('sha256').update(name, 'utf8').digest('hex').slice(0, 8);
  return FeedId.parse(`${idFromName(name, new Set())}-${digest}`);
}

/** Under which the mentions of an imported file are stored: they came as history, whatever their times are. */
export function importIdOf(fileName: string): FeedId {
  return feedIdOf(`import ${fileName}`);
}

export function isImportId(feedId: FeedId): boolean {
  return feedId.startsWith('import-');
}
