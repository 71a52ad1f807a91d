import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../../shared/base/digest.ts';
import { ChannelId, PublicationId } from '../../../../../shared/base/ids.ts';
import { firstPublishedAt } from '../../../../../shared/domain/publication/publication.ts';
import {
  approved,
  at,
  by,
  clearedRoom,
  confirmed,
  cora,
  eventHash,
  first,
  FIRST,
  host,
  ines,
  lea,
  otto,
  publicationId,
  publishes,
  publishingRoom,
  sam,
  SECOND,
  sentBack,
  sol,
  stranger,
  submitted,
  submittedRoom,
  wim,
  withdrawn,
} from '../../../../support/given.ts';

const failed = { type: 'PublicationFailed', publicationId, reason: 'No network.' } as const;
const inDoubt = { type: 'PublicationInDoubt', publicationId } as const;
const another = { publicationId: PublicationId.parse('publication-2') };
const x = ChannelId.parse('x');

test('[PUB1] nothing is published by a timer', () => {
  clearedRoom().when(publishes(host)).thenItIsVoid({ type: 'UnknownAuthor' });
  clearedRoom().when(publishes(stranger)).thenItIsVoid({ type: 'UnknownAuthor' });
  clearedRoom().when(publishes(sol)).thenItCounts();
});

test('[PUB2] the hash must be the cleared one', () => {
  clearedRoom()
    .when(publishes(sol, { hash: sha256Hex('other') }))
    .thenItIsVoid({ type: 'HashMismatch' });
  clearedRoom()
    .when(publishes(sol, { revision: 2 }))
    .thenItIsVoid({ type: 'NoSuchRevision' });
});

test('[PUB3] only a fully cleared revision can be published', () => {
  const room = submittedRoom();
  room.when(publishes(sol)).thenItIsVoid({ type: 'NotCleared', waitingFor: 'Communications' });
  const two = room.and(by(cora, approved('comms')), by(lea, approved('legal')));
  two.when(publishes(sol)).thenItIsVoid({ type: 'NotCleared', waitingFor: 'Spokesperson' });
  two
    .and(by(sam, sentBack('voice')))
    .when(publishes(sol))
    .thenItIsVoid({ type: 'NotCleared', waitingFor: 'Spokesperson' });
  clearedRoom()
    .and(by(lea, withdrawn('legal')))
    .when(publishes(sol))
    .thenItIsVoid({ type: 'NotCleared', waitingFor: 'Legal' });
});

test('[PUB4] what was done by hand or is in doubt only a person settles', () => {
  publishingRoom()
    .when(by(host, confirmed(at(4, 20))))
    .thenItIsVoid({ type: 'UnknownAuthor' });
  publishingRoom().when(by(host, failed)).thenItIsVoid({ type: 'UnknownAuthor' });
  const sent = clearedRoom().and(publishes(sol, { via: 'webhook' }));
  sent.when(by(host, confirmed(at(4, 20)))).thenItCounts();
  const doubtful = sent.and(by(host, inDoubt));
  doubtful.when(by(host, confirmed(at(4, 20)))).thenItIsVoid({ type: 'UnknownAuthor' });
  doubtful.when(by(sol, confirmed(at(4, 20)))).thenItCounts();
  doubtful.when(by(sol, failed)).thenItCounts();
});

test('[PUB5] one text goes out on one channel once', () => {
  const room = publishingRoom();
  room.when(publishes(sol)).thenItIsVoid({ type: 'PublicationRunning' });
  room.when(publishes(sol, another)).thenItIsVoid({ type: 'PublicationRunning' });
  room.when(publishes(sol, { ...another, channelId: x })).thenItCounts();
  const done = room.and(by(sol, confirmed(at(4, 20))));
  done.when(publishes(sol, another)).thenItIsVoid({ type: 'AlreadyPublished' });
  done.when(publishes(sol, { ...another, channelId: x })).thenItCounts();
});

test('[PUB5] while one is in doubt nothing else starts on that channel', () => {
  publishingRoom().and(by(host, inDoubt)).when(publishes(sol, another)).thenItIsVoid({ type: 'PublicationRunning' });
});

test('[PUB6] it is out no earlier than begun and no later than recorded', () => {
  const room = publishingRoom(); // begun at 4:10
  const outAt = (said: number, recorded: number) =>
    firstPublishedAt(room.and(by(sol, confirmed(at(0, said)), at(0, recorded))).state.publications);
  expect(outAt(270, 280)).toBe(at(4, 30));
  expect(outAt(60, 280)).toBe(at(4, 10));
  expect(outAt(9999, 400)).toBe(at(6, 40));
});

test('[PUB6] the first of several is the one that counts', () => {
  const room = publishingRoom().and(
    publishes(sol, { ...another, channelId: x }),
    by(sol, confirmed(at(4, 40), another), at(4, 40)),
  );
  expect(firstPublishedAt(room.and(by(sol, confirmed(at(4, 30)), at(4, 50))).state.publications)).toBe(at(4, 30));
  expect(firstPublishedAt(publishingRoom().state.publications)).toBeNull();
});

test('[PUB7] a superseded revision cannot be published', () => {
  clearedRoom()
    .and(by(wim, submitted(2, SECOND)))
    .when(publishes(sol))
    .thenItIsVoid({ type: 'RevisionSuperseded', latest: 2 });
});

test('[PUB8] it names exactly the approvals that the revision holds', () => {
  const room = clearedRoom();
  const held = [5, 6, 7].map(eventHash);
  room.when(publishes(sol, { approvals: held })).thenItCounts();
  room.when(publishes(sol, { approvals: held.toReversed() })).thenItCounts();
  for (const approvals of [
    held.slice(1),
    [...held, eventHash(1)],
    [eventHash(1), ...held.slice(1)],
    [eventHash(5), eventHash(5), eventHash(6)],
  ])
    room.when(publishes(sol, { approvals })).thenItIsVoid({ type: 'WrongApprovals' });
});

test('[PUB9] publishing and settling need that right', () => {
  for (const who of [lea, wim, otto]) {
    clearedRoom().when(publishes(who)).thenItIsVoid({ type: 'NotAllowed', act: 'publish' });
    publishingRoom()
      .when(by(who, confirmed(at(4, 20))))
      .thenItIsVoid({ type: 'NotAllowed', act: 'publish' });
  }
  for (const who of [ines, cora, sol, sam]) clearedRoom().when(publishes(who)).thenItCounts();
});

test('[PUB10] what is settled stays settled; a failed one may be tried again', () => {
  const done = publishingRoom().and(by(sol, confirmed(at(4, 20))));
  const not = publishingRoom().and(by(sol, failed));
  for (const room of [done, not]) {
    for (const event of [confirmed(at(4, 30)), failed])
      room.when(by(sol, event)).thenItIsVoid({ type: 'PublicationSettled' });
    room.when(by(host, inDoubt)).thenItIsVoid({ type: 'PublicationSettled' });
  }
  not.when(publishes(sol)).thenItIsVoid({ type: 'PublicationRunning' }); // the same id is used once
  not.when(publishes(sol, another)).thenItCounts();
  clearedRoom()
    .when(by(sol, confirmed(at(4, 20))))
    .thenItIsVoid({ type: 'NoSuchPublication' });
});

test('[PUB11] only the host puts one in doubt', () => {
  publishingRoom().when(by(sol, inDoubt)).thenItIsVoid({ type: 'HostOnly' });
  const doubtful = publishingRoom().when(by(host, inDoubt)).thenItCounts();
  doubtful.when(by(host, inDoubt)).thenItIsVoid({ type: 'PublicationSettled' });
});

test('[PUB12] what was begun can be settled after the end, nothing begins then', () => {
  const over = publishingRoom().and(by(ines, { type: 'IncidentStoodDown', reason: 'Over.' }));
  over.when(publishes(sol, { ...another, channelId: x })).thenItIsVoid({ type: 'IncidentOver' });
  over.when(by(sol, confirmed(at(4, 20)))).thenItCounts();
});

test('[PUB13] a withdrawal after the beginning does not un-publish', () => {
  const room = publishingRoom().and(by(lea, withdrawn('legal')));
  const done = room.when(by(sol, confirmed(at(4, 30)), at(4, 30))).thenItCounts();
  expect(done.state.publications[publicationId]).toMatchObject({
    phase: 'confirmed',
    publishedAt: at(4, 30),
    hash: first.hash,
  });
  expect(FIRST).toBe(done.state.statements['holding']?.revisions[0]?.content.master);
});
