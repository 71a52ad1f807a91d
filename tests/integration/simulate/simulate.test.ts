import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// In processes of their own: a planted fault takes the place of a module before anything is imported.

const RUNNER = join(import.meta.dirname, '../../simulate/run.ts');
const PATIENCE_MS = 600_000;

interface Ran {
  readonly code: number;
  readonly said: string;
}

function simulate(...parts: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [RUNNER, ...parts], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: `${stdout}${stderr}` });
    });
  });
}

test(
  '300 seeds: honest hosts come to hold and to read the same, and nothing that was acknowledged is lost',
  async () => {
    const { code, said } = await simulate('--seeds', '300');
    expect(code, said).toBe(0);
    expect(said).toContain('passed');
  },
  PATIENCE_MS,
);

test(
  'the signatures of the program itself: 6 seeds',
  async () => {
    const { code, said } = await simulate('--seeds', '6', '--signatures', 'ed25519');
    expect(code, said).toBe(0);
  },
  PATIENCE_MS,
);

test.for([
  ['acknowledges-before-sync', /and is nowhere/],
  ['drops-equal-times', /is not at/],
  ['no-role-check', /had no right to it/],
  ['revocation-by-time', /beyond the cut of its key|for a cut that it lies within/],
  ['first-fork-wins', /is not at|signed that number twice/],
] as const)('a planted fault is found: %s', { timeout: PATIENCE_MS }, async ([plant, how]) => {
  const { code, said } = await simulate('--seeds', '2000', '--plant', plant);
  expect(code, said).toBe(0);
  expect(said).toMatch(how);
  expect(said).toMatch(/found: \d+ seeds? (was|were) needed/);
  expect(said).toContain(`--seeds 1 --plant ${plant} --trace`);
});

test(
  'a seed tells the same story twice',
  async () => {
    const once = await simulate('--from', '2', '--seeds', '1', '--plant', 'acknowledges-before-sync', '--trace');
    const again = await simulate('--from', '2', '--seeds', '1', '--plant', 'acknowledges-before-sync', '--trace');
    const story = ({ said }: Ran): readonly string[] => said.split('\n').filter((line) => /^ +\d+\.\d{3} /.test(line));
    expect(story(once).length).toBeGreaterThan(50);
    expect(story(again)).toEqual(story(once));
  },
  PATIENCE_MS,
);
