import { expect, test } from 'vitest';
import { ChannelId, PublicationId, StatementId } from '../../../../../shared/base/ids.ts';
import { correctionsDue } from '../../../../../shared/domain/publication/corrections-due.ts';
import {
  approved,
  at,
  by,
  clearedRoom,
  confirmed,
  cora,
  lea,
  publicationId,
  publishes,
  publishingRoom,
  revisionNamed,
  sam,
  sentBack,
  sol,
  type Story,
  statementStarted,
  submitted,
  wim,
  withdrawn,
} from '../../../../support/given.ts';

const due = ({ state }: Story) => correctionsDue(state).map(({ publication }) => publication.publicationId);
const out = (): Story => publishingRoom().and(by(sol, confirmed(at(4, 20)), at(4, 25)));
const recalled = (): Story => out().and(by(lea, withdrawn('legal'), at(6)));

const CORRECTION = 'The batch was another one.';
const about = { ...revisionNamed(1, CORRECTION), statementId: StatementId.parse('correction') };
const second = PublicationId.parse('publication-2');

/** Written, signed off and begun on a channel. */
function corrected(story: Story, kind: 'correction' | 'update', channelId = ChannelId.parse('website')): Story {
  const { statementId } = about;
  return story.and(
    by(wim, statementStarted({ statementId, kind, title: 'Correction' }), at(7)),
    by(wim, submitted(1, CORRECTION, { statementId }), at(8)),
    by(cora, approved('comms', about), at(8, 10)),
    by(lea, approved('legal', about), at(8, 20)),
    by(sam, approved('voice', about), at(8, 30)),
    publishes(sol, { ...about, channelId, publicationId: second }, at(9)),
  );
}

test('[PUB15] a text that everybody who signed it off stands by asks for nothing', () => {
  expect(due(out())).toEqual([]);
  expect(due(clearedRoom().and(by(lea, withdrawn('legal'))))).toEqual([]);
});

test('[PUB15] an approval that is withdrawn after the beginning asks for a correction, and is named', () => {
  const approval = clearedRoom().events.find(
    ({ event }) => event.type === 'RevisionApproved' && event.stepId === 'legal',
  );
  expect(correctionsDue(recalled().state)).toMatchObject([
    { publication: { publicationId }, missing: [approval?.hash] },
  ]);
  expect(due(publishingRoom().and(by(lea, withdrawn('legal'))))).toEqual([publicationId]);
});

test('[PUB15] what did not go out needs none', () => {
  const failed = { type: 'PublicationFailed', publicationId, reason: 'No network.' } as const;
  expect(due(publishingRoom().and(by(lea, withdrawn('legal')), by(sol, failed)))).toEqual([]);
});

test('[PUB15] a withdrawal that was made at the same time and stands before the publication in the log asks for one', () => {
  const { events } = out();
  const begun = events.findIndex(({ event }) => event.type === 'PublicationStarted');
  const [first] = events;
  const publication = events[begun];
  if (!first || !publication) throw new Error('the story');
  const before = clearedRoom().and(by(lea, withdrawn('legal'), at(4, 5)));
  const pinned = { ...publication, index: before.events.length, verdict: 'counts' } as const;
  const merged = correctionsDue(before.state);
  expect(merged).toEqual([]);
  // The same judgement that the log's history gives: it counts by what its author had.
  return import('../../../../../shared/domain/room/room.ts').then(({ foldRoom }) => {
    const { state } = foldRoom([...before.events, pinned]);
    expect(correctionsDue(state).map((one) => one.publication.publicationId)).toEqual([publicationId]);
  });
});

test('[PUB15] signed off again by every step, it asks for nothing any more; sent back, it still does', () => {
  expect(due(recalled().and(by(lea, approved('legal'), at(7))))).toEqual([]);
  expect(due(recalled().and(by(lea, sentBack('legal'), at(7))))).toEqual([publicationId]);
});

test('[PUB15] a correction that is out on that channel is what was due', () => {
  expect(due(corrected(recalled(), 'correction'))).toEqual([publicationId]);
  const isOut = by(sol, confirmed(at(9, 10), { publicationId: second }), at(9, 20));
  expect(due(corrected(recalled(), 'correction').and(isOut))).toEqual([]);
});

test('[PUB15] another text, or one on another channel, is no correction; and one that falls asks for the next', () => {
  const isOut = by(sol, confirmed(at(9, 10), { publicationId: second }), at(9, 20));
  expect(due(corrected(recalled(), 'update').and(isOut))).toEqual([publicationId]);
  expect(due(corrected(recalled(), 'correction', ChannelId.parse('x')).and(isOut))).toEqual([publicationId]);
  const fallen = corrected(recalled(), 'correction').and(isOut, by(sam, withdrawn('voice', about), at(10)));
  expect(due(fallen)).toEqual([publicationId, second]);
});
