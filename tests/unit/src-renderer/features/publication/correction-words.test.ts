import { expect, test } from 'vitest';
import { correctionsDue } from '../../../../../shared/domain/publication/corrections-due.ts';
import { correctionWords } from '../../../../../src-renderer/features/publication/correction-words.ts';
import { withdrawnTooLate } from '../../../../../src-renderer/features/timeline/void-acts.ts';
import {
  at,
  by,
  clearedRoom,
  confirmed,
  lea,
  publishingRoom,
  sam,
  sol,
  type Story,
  withdrawn,
} from '../../../../support/given.ts';

const nameOf = (id: string): string => `${id.slice(0, 1).toUpperCase()}${id.slice(1)}`;
const words = (story: Story): readonly string[] =>
  correctionsDue(story.state).map((due) =>
    correctionWords(due, { ...story.folded, events: story.events }, nameOf, () => 'Website'),
  );

const out = publishingRoom().and(by(sol, confirmed(at(4, 20)), at(4, 25)));

test('who withdrew what is said by step and name, with what to do', () => {
  expect(words(out.and(by(lea, withdrawn('legal'), at(6))))).toEqual([
    'Legal (Lea) withdrew their approval after revision 1 went out on Website: publish a correction.',
  ]);
  expect(words(out.and(by(lea, withdrawn('legal'), at(6)), by(sam, withdrawn('voice'), at(7))))).toEqual([
    'Legal (Lea) and Spokesperson (Sam) withdrew their approvals after revision 1 went out on Website: publish a correction.',
  ]);
});

test('what is under way is to be settled first', () => {
  expect(words(publishingRoom().and(by(lea, withdrawn('legal'), at(6))))[0]).toContain('say first whether it went out');
});

test('an approval that is void by what has become known is not called withdrawn', () => {
  const events = out.events.map((one) =>
    one.event.type === 'RevisionApproved' && one.event.stepId === 'legal'
      ? ({ ...one, verdict: 'beyond-cut' } as const)
      : one.event.type === 'PublicationStarted'
        ? ({ ...one, verdict: 'counts' } as const)
        : one,
  );
  return import('../../../../../shared/domain/room/room.ts').then(({ foldRoom }) => {
    const folded = foldRoom(events);
    const [due] = correctionsDue(folded.state);
    if (!due) throw new Error('a correction is due');
    expect(correctionWords(due, { ...folded, events }, nameOf, () => 'Website')).toContain('Legal (Lea)');
    expect(correctionWords(due, { ...folded, events }, nameOf, () => 'Website')).toContain('not held to have approved');
  });
});

test('a withdrawal in the timeline says when it came too late for what was out', () => {
  const late = out.and(by(lea, withdrawn('legal'), at(6)));
  const last = late.events.at(-1);
  if (!last) throw new Error('a withdrawal');
  expect(withdrawnTooLate(last, late.state.publications)).toContain('a correction is due');
  const inTime = clearedRoom().and(by(lea, withdrawn('legal'), at(6)));
  expect(withdrawnTooLate(last, inTime.state.publications)).toBeNull();
});
