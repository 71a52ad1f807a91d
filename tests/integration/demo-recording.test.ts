import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const demo = join(root, 'resources', 'demo');
const files = ['crisis.ndjson', 'ordinary-days.ndjson', 'organisation.json'];

interface Recorded {
  readonly offsetMs: number;
  readonly id: string;
  readonly engagement?: number;
  readonly text: string;
}

function read(name: string): readonly Recorded[] {
  const lines = readFileSync(join(demo, name), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Recorded);
}

test('the script makes the recording again byte for byte', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-demo-'));
  execFileSync(process.execPath, [join(root, 'scripts', 'make-demo.mjs'), folder]);
  for (const file of files) {
    expect(readFileSync(join(folder, file)).equals(readFileSync(join(demo, file))), file).toBe(true);
  }
  rmSync(folder, { recursive: true });
});

test('the recording is small, forty minutes long, and has a gap of 70 s', () => {
  expect(files.reduce((sum, file) => sum + statSync(join(demo, file)).size, 0)).toBeLessThan(1_200_000);
  const crisis = read('crisis.ndjson');
  expect(crisis.length).toBeGreaterThan(2_500);
  expect(crisis.length).toBeLessThan(3_500);
  expect(crisis.at(-1)?.offsetMs).toBeGreaterThan(39 * 60_000);
  const gaps = crisis.slice(40).map(({ offsetMs }, index) => offsetMs - (crisis[index + 39]?.offsetMs ?? 0));
  expect(Math.max(...gaps)).toBeGreaterThanOrEqual(69_000);
  expect(read('ordinary-days.ndjson').every(({ offsetMs }) => offsetMs < 0)).toBe(true);
  expect(read('ordinary-days.ndjson').length).toBeLessThanOrEqual(4_000);
});

test('one post is seen again and again with growing engagement; every other id is seen once', () => {
  const crisis = read('crisis.ndjson');
  const viral = crisis.filter(({ id }) => id === 'viral-lid').map(({ engagement }) => engagement ?? 0);
  expect(viral.length).toBeGreaterThan(40);
  expect(viral).toEqual(viral.toSorted((a, b) => a - b));
  const others = crisis.filter(({ id }) => id !== 'viral-lid');
  expect(new Set(others.map(({ id }) => id)).size).toBe(others.length);
});

test('everybody has a role, and deputies exist', () => {
  const { people } = JSON.parse(readFileSync(join(demo, 'organisation.json'), 'utf8')) as {
    people: { id: string; roles: string[]; deputyOf?: { operatorId: string } }[];
  };
  const ids = people.map(({ id }) => id);
  expect(people.every(({ roles }) => roles.length > 0)).toBe(true);
  const deputised = people.flatMap(({ deputyOf }) => (deputyOf ? [deputyOf.operatorId] : []));
  expect(deputised.every((id) => ids.includes(id))).toBe(true);
  const rolesOf = (id: string) => people.find((person) => person.id === id)?.roles ?? [];
  expect(deputised.flatMap(rolesOf).toSorted()).toEqual(['comms-lead', 'legal', 'spokesperson']);
});
