import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chainFromRoles } from '../../../../shared/domain/playbook/default-chain.ts';
import { Playbook, withChain } from '../../../../shared/domain/playbook/playbook.ts';
import { checkDraft } from '../../../../shared/domain/statement/checks/check-draft.ts';
import { unfilledSlots } from '../../../../shared/domain/statement/slots.ts';
import { loadResources } from '../../../../src-main/app/resources.ts';

const shipped = join(import.meta.dirname, '../../../../resources');

function load(dir = shipped) {
  const loaded = loadResources(dir);
  if (!loaded.ok) throw new Error(`${loaded.error.file}: ${loaded.error.reason}`);
  return loaded.value;
}

let copy = '';
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'firebreak-resources-'));
  for (const part of ['templates', 'playbooks', 'channels.json'])
    cpSync(join(shipped, part), join(copy, part), { recursive: true });
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

test('what ships is whole: every template has a playbook, and a playbook takes any chain', () => {
  const { templates, playbooks, channels } = load();
  expect(templates.length).toBeGreaterThanOrEqual(5);
  expect(playbooks.map((one) => one.templateId).sort()).toEqual(templates.map((one) => one.templateId).sort());
  for (const playbook of playbooks) {
    expect(templates.find((one) => one.templateId === playbook.templateId)?.complexity).toBe(playbook.complexity);
    Playbook.parse(withChain(playbook, chainFromRoles(['legal'])));
  }
  expect(channels.map((one) => [one.channelId, one.limit])).toEqual([
    ['website', null],
    ['x', 280],
    ['bluesky', 300],
    ['facebook', 63206],
    ['linkedin', 3000],
    ['press-mail', null],
  ]);
});

test.each(load().templates.map((one) => [one.templateId, one.text] as const))(
  '[CHK11] template %s is complete once its slots are filled',
  (_id, text) => {
    const filled = text
      .replace(/\[time of next update\]/g, '15:30')
      .replace(/\[[^[\]\n]*(?:address|hotline|number for)[^[\]\n]*\]/g, 'https://example.org/news')
      .replace(/\[[^[\]\n]+\]/g, 'this');
    expect(checkDraft({ master: filled, variants: {} }, { channels: [] })).toEqual([]);
    const open = new Set(
      checkDraft({ master: text, variants: {} }, { channels: [], templateText: text }).map((one) => one.check),
    );
    expect(open).toEqual(new Set(['unfilled-slot']));
    const slots = unfilledSlots(text).map((slot) => slot.name);
    expect(slots.length).toBeGreaterThanOrEqual(6);
    expect(slots.filter((name) => name === 'time of next update')).toHaveLength(1);
    expect(slots.some((name) => /address of the (?:page|status page)/.test(name))).toBe(true);
  },
);

test.each([
  ['channels.json', '{', 'channels.json'],
  ['channels.json', '[{"channelId":"X!","name":"X","limit":1,"via":{"kind":"hand"}}]', 'channels.json'],
  ['templates/service-outage.json', '{}', 'templates/service-outage.json'],
  [
    'templates/other.json',
    '{"templateId":"one","name":"One","use":"","complexity":"simple","text":"a"}',
    'templates/other.json',
  ],
  [
    'playbooks/service-outage.json',
    '{"playbookId":"service-outage","name":"A","templateId":"gone","complexity":"simple"}',
    'playbooks/service-outage.json',
  ],
])('a broken %s is named with the reason', (name, text, file) => {
  writeFileSync(join(copy, name), text);
  const loaded = loadResources(copy);
  expect(loaded).toMatchObject({ ok: false, error: { type: 'ResourceBroken', file } });
  expect(!loaded.ok && loaded.error.reason.length).toBeGreaterThan(5);
});

test('a missing folder is named', () => {
  rmSync(join(copy, 'playbooks'), { recursive: true });
  expect(loadResources(copy)).toMatchObject({ ok: false, error: { type: 'ResourceBroken', file: 'playbooks' } });
});
