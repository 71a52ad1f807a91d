import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../../shared/base/digest.ts';
import { normalDraft } from '../../../../../shared/domain/statement/draft.ts';
import { revisionHash, textFor } from '../../../../../shared/domain/statement/revision.ts';
import {
  by,
  contentOf,
  declaredRoom,
  FIRST,
  given,
  host,
  ines,
  lea,
  otto,
  ringingRoom,
  SECOND,
  sol,
  statementId,
  statementStarted,
  submitted,
  submittedRoom,
  wim,
} from '../../../../support/given.ts';

const started = () => declaredRoom().and(by(wim, statementStarted()));

test('[STM1] revisions are numbered without gaps', () => {
  started()
    .when(by(wim, submitted(2, FIRST)))
    .thenItIsVoid({ type: 'WrongRevisionNumber', expected: 1 });
  submittedRoom()
    .when(by(wim, submitted(1, SECOND)))
    .thenItIsVoid({ type: 'WrongRevisionNumber', expected: 2 });
  submittedRoom()
    .when(by(wim, submitted(2, SECOND)))
    .thenItCounts();
});

test('[STM2] an empty text is no revision', () => {
  for (const text of ['', ' \n\t'])
    started()
      .when(by(wim, submitted(1, text)))
      .thenItIsVoid({ type: 'EmptyText' });
});

test('[STM3] a hash of anything else does not count', () => {
  started()
    .when(by(wim, submitted(1, FIRST, { hash: sha256Hex(FIRST) })))
    .thenItIsVoid({ type: 'HashMismatch' });
  const variant = contentOf(FIRST, { variants: { x: 'Sorry.' } });
  started()
    .when(by(wim, submitted(1, FIRST, { content: variant })))
    .thenItIsVoid({ type: 'HashMismatch' });
  started()
    .when(by(wim, submitted(1, FIRST, { content: variant, hash: revisionHash(variant) })))
    .thenItCounts();
});

test('[STM3] the hash depends on every part of the content and on nothing else', () => {
  const base = contentOf(FIRST);
  const others = [
    contentOf(`${FIRST} `),
    contentOf(FIRST, { locale: 'de' }),
    contentOf(FIRST, { variants: { x: '' } }),
    contentOf(FIRST, { slots: { a: 'b' } }),
  ];
  expect(new Set([base, ...others].map(revisionHash)).size).toBe(5);
  expect(revisionHash(contentOf('e\u0301'))).not.toBe(revisionHash(contentOf('\u00e9')));
  const { locale, slots, variants, master, templateId } = base;
  expect(revisionHash({ locale, slots, variants, master, templateId })).toBe(revisionHash(base));
});

test('[STM4] the same words again are no new revision', () => {
  submittedRoom()
    .when(by(wim, submitted(2, FIRST)))
    .thenItIsVoid({ type: 'NothingChanged' });
  submittedRoom()
    .and(by(wim, submitted(2, SECOND)))
    .when(by(wim, submitted(3, FIRST)))
    .thenItCounts();
});

test('[STM5] a statement begins once, and a revision needs it', () => {
  started()
    .when(by(wim, statementStarted({ title: 'Again' })))
    .thenItIsVoid({ type: 'StatementExists' });
  declaredRoom()
    .when(by(wim, submitted(1, FIRST)))
    .thenItIsVoid({ type: 'NoSuchStatement' });
});

test('[STM6] starting and submitting need that right', () => {
  for (const who of [lea, otto]) {
    declaredRoom().when(by(who, statementStarted())).thenItIsVoid({ type: 'NotAllowed', act: 'submit' });
    started()
      .when(by(who, submitted(1, FIRST)))
      .thenItIsVoid({ type: 'NotAllowed', act: 'submit' });
  }
  started()
    .when(by(host, submitted(1, FIRST)))
    .thenItIsVoid({ type: 'UnknownAuthor' });
  started()
    .when(by(sol, submitted(1, FIRST)))
    .thenItCounts();
});

test('[STM7] nothing is started or submitted without an open incident', () => {
  given().when(by(wim, statementStarted())).thenItIsVoid({ type: 'NotDeclared' });
  ringingRoom().when(by(wim, statementStarted())).thenItIsVoid({ type: 'NotDeclared' });
  const over = started().and(by(ines, { type: 'IncidentStoodDown', reason: 'Over.' }));
  over.when(by(wim, submitted(1, FIRST))).thenItIsVoid({ type: 'IncidentOver' });
});

test('[STM8] earlier revisions stay as they were', () => {
  const before = submittedRoom().state.statements[statementId]?.revisions;
  const after = submittedRoom().and(by(sol, submitted(2, SECOND))).state.statements[statementId]?.revisions;
  expect(after?.slice(0, 1)).toEqual(before);
  expect(after?.map((one) => [one.revision, one.content.master, one.submittedBy])).toEqual([
    [1, FIRST, 'wim'],
    [2, SECOND, 'sol'],
  ]);
});

test('[STM9] line ends become LF and nothing else changes', () => {
  expect(normalDraft({ master: 'a\r\nb\rc\n', variants: { x: 'd\r\ne', empty: '' } })).toEqual({
    master: 'a\nb\nc\n',
    variants: { x: 'd\ne' },
  });
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      (text) => normalDraft({ master: text, variants: {} }).master === text.replace(/\r\n?/g, '\n'),
    ),
  );
  expect(textFor({ master: 'm', variants: { x: '', y: 'v' } }, 'x')).toBe('m');
  expect(textFor({ master: 'm', variants: { x: '', y: 'v' } }, 'y')).toBe('v');
  expect(textFor({ master: 'm', variants: {} }, 'constructor')).toBe('m');
});
