import { expect, test } from 'vitest';
import { superviseFuzz } from '../../fuzz/supervise.ts';

test(
  '20,000 hostile frames cost no honest keystroke, no crash, no second and no memory',
  { timeout: 600_000 },
  async () => {
    expect(await superviseFuzz({ protocol: 'sync', seed: 4, frames: 20_000 })).toMatchObject({ problem: null });
  },
);

test('nor do 1,000 through a real WebSocket, broken below its frames too', { timeout: 300_000 }, async () => {
  expect(await superviseFuzz({ protocol: 'websocket', seed: 4, frames: 1000 })).toMatchObject({ problem: null });
});
