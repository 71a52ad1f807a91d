import { expect, test } from 'vitest';
import type { ProtocolName } from '../../fuzz/report.ts';
import { superviseFuzz } from '../../fuzz/supervise.ts';

test.each<[ProtocolName, string]>([
  ['api', 'frames to the page’s socket'],
  ['local', 'lines to the commands’ socket'],
])('%s: 20,000 hostile %s disturb nobody else, and leave nothing behind', { timeout: 300_000 }, async (protocol) => {
  expect(await superviseFuzz({ protocol, seed: 4, frames: 20_000 })).toMatchObject({ problem: null });
});
