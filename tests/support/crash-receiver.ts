import { writeSync } from 'node:fs';
import { z } from 'zod';
import { openMentionFile } from './mention-database.ts';
import { FEED, mentionAt } from './mention-fixtures.ts';

// Run as a process of its own, to be killed: goes on where its feed's place says, and brings some of it twice.
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: crash-receiver FILE');
const { store } = openMentionFile(file);
const kept = z.object({ next: z.number() }).safeParse(store.getCursor(FEED));
for (let next = kept.success ? kept.data.next : 0; ;) {
  const from = Math.max(0, next - 3);
  next += 1 + (next % 40);
  const posts = Array.from({ length: next - from }, (_, at) => mentionAt(1000 + from + at, { text: 'about the lid' }));
  store.insert(posts, { feedId: FEED, cursor: { next } });
  writeSync(1, `${String(next)}\n`);
}
