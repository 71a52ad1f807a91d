import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import type { Role } from '../../../../shared/domain/roster/roles.ts';
import type { WorkspaceEvent } from '../../../../shared/domain/workspace/workspace.ts';
import type { StoredEvent } from '../../../../shared/log/envelope.ts';
import { watchRoster } from '../../../../src-main/app/roster-watch.ts';
import { createWorkspaceBook, type WorkspaceBook } from '../../../../src-main/commands/workspace-book.ts';
import { acmeFounded, id, keyOf, personAdded } from '../../../support/founding-facts.ts';
import { contextAt, signerOf } from '../../../support/log-fixtures.ts';
import { createMemoryEventLog } from '../../../support/memory-event-log.ts';

const PEOPLE = ['ada', 'ben', 'cleo'];

function aBook(): WorkspaceBook {
  let now = 1_000;
  const { salt } = contextAt(0);
  const clock = { now: () => instant((now += 1_000)) };
  return createWorkspaceBook({ log: createMemoryEventLog('workspace'), clock, salt });
}

/** Ada, Ben and Cleo, all of them administrators; what is heard of them from here on. */
function aTeam(by: 'recording' | 'receiving') {
  const signing = aBook();
  const here = by === 'recording' ? signing : aBook();
  const founding: WorkspaceEvent[] = [
    acmeFounded,
    ...['ben', 'cleo'].flatMap((name) => personAdded(name, 'administrator')),
  ];
  says('ada', ...founding);
  const heard: string[] = [];
  const failures: string[] = [];
  watchRoster(here, {
    revoked: (operatorId) => heard.push(`${operatorId} revoked`),
    changed: (operatorId) => heard.push(`${operatorId} changed`),
    onFailure: (what) => failures.push(what),
  });

  function says(author: string, ...facts: readonly WorkspaceEvent[]): readonly StoredEvent[] {
    const before = signing.events().length;
    signing.record(signerOf(author), facts);
    const signed = signing.events().slice(before);
    if (here !== signing) here.receive(signed);
    return signed;
  }
  const grants = (name: string, role: Role) => says('ada', { type: 'RoleGranted', operatorId: id(name), role });
  const withdraws = (name: string, role: Role) => says('ada', { type: 'RoleWithdrawn', operatorId: id(name), role });
  const revokes = (name: string) => says('ada', { type: 'OperatorRevoked', operatorId: id(name) });
  /** What was heard since the last time. */
  const news = () => heard.splice(0);
  return { here, says, grants, withdraws, revokes, news, failures };
}

for (const by of ['recording', 'receiving'] as const) {
  test(`whoever is revoked is told so once, by ${by} it`, () => {
    const { revokes, grants, news } = aTeam(by);
    revokes('ben');
    expect(news()).toEqual(['ben revoked']);
    revokes('ben');
    expect(news()).toEqual([]);
    grants('cleo', 'legal');
    expect(news()).toEqual(['cleo changed']);
  });

  test(`a role that is added or withdrawn is felt by whom it is about alone, by ${by} it`, () => {
    const { grants, withdraws, news } = aTeam(by);
    grants('ben', 'legal');
    expect(news()).toEqual(['ben changed']);
    withdraws('ben', 'legal');
    expect(news()).toEqual(['ben changed']);
    grants('cleo', 'administrator');
    withdraws('cleo', 'writer');
    expect(news()).toEqual([]);
  });

  test(`what else becomes of the workspace, and who comes new, touches nobody, by ${by} it`, () => {
    const { says, news } = aTeam(by);
    says('ada', { type: 'DeputyAssigned', operatorId: id('ben'), deputyId: id('cleo') });
    says('ada', { type: 'OperatorAdded', operatorId: id('dora'), name: 'Dora' });
    says('ada', { type: 'KeyRetired', key: keyOf('ben'), reason: 'lost', cuts: [] });
    expect(news()).toEqual([]);
  });

  test(`several changes that come together are all felt, by ${by} them`, () => {
    const { says, news } = aTeam(by);
    says(
      'ada',
      { type: 'OperatorRevoked', operatorId: id('ben') },
      { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' },
      { type: 'RoleGranted', operatorId: id('ada'), role: 'writer' },
    );
    expect(news().sort()).toEqual(['ada changed', 'ben revoked', 'cleo changed']);
  });

  test(`whoever was taken back can be revoked again, by ${by} it`, () => {
    const { says, revokes, news } = aTeam(by);
    revokes('ben');
    says('ada', { type: 'OperatorReinstated', operatorId: id('ben') });
    revokes('ben');
    expect(news()).toEqual(['ben revoked', 'ben revoked']);
  });

  test(`one who fails does not silence the others, by ${by} it`, () => {
    const { here, says, grants, news, failures } = aTeam(by);
    const told: string[] = [];
    const causes: unknown[] = [];
    const broken = new Error('the socket is gone');
    watchRoster(here, {
      revoked(operatorId) {
        told.push(operatorId);
        throw broken;
      },
      changed(operatorId) {
        told.push(operatorId);
        throw broken;
      },
      onFailure: (_what, cause) => causes.push(cause),
    });
    const last: string[] = [];
    here.changed.listen(({ operators }) => last.push(Object.keys(operators).join()));
    says(
      'ada',
      ...PEOPLE.map((name): WorkspaceEvent => ({ type: 'RoleGranted', operatorId: id(name), role: 'legal' })),
      { type: 'OperatorRevoked', operatorId: id('ben') },
    );
    expect(told.sort()).toEqual(PEOPLE);
    expect(causes).toEqual([broken, broken, broken]);
    expect(news().sort()).toEqual(['ada changed', 'ben revoked', 'cleo changed']);
    expect(last).toEqual([PEOPLE.join()]);
    grants('cleo', 'writer');
    expect(told.at(-1)).toBe('cleo');
    expect(failures).toEqual([]);
  });
}

test('a change that came late, and lands before others, is felt like any other', () => {
  const signing = aTeam('recording');
  const { here, news } = aTeam('receiving');
  expect(here.events().map(({ hash }) => hash)).toEqual(signing.here.events().map(({ hash }) => hash));
  const [granted] = signing.grants('ben', 'legal');
  const other = aBook();
  other.receive(here.events());
  other.record(signerOf('cleo'), [{ type: 'OperatorRevoked', operatorId: id('ben') }]);
  here.receive(other.events());
  expect(news()).toEqual(['ben revoked']);
  if (!granted) throw new Error('something was granted');
  here.receive([granted]);
  expect(here.state.operators['ben']).toMatchObject({ revoked: true, roles: ['administrator', 'legal'] });
  expect(news()).toEqual(['ben changed']);
});
