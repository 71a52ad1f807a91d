import { expect, test } from 'vitest';
import { ChannelId } from '../../../../../shared/base/ids.ts';
import { EVIDENCE_MAX_BYTES } from '../../../../../shared/protocol/endpoints.ts';
import { checkCapture, toBase64 } from '../../../../../src-renderer/state/capture.ts';
import { sizeWords } from '../../../../../src-renderer/ui/file-size.ts';
import {
  channelStatuses,
  lateByMs,
  publishable,
} from '../../../../../src-renderer/features/publication/channel-status.ts';
import {
  at,
  by,
  clearedRoom,
  confirmed,
  FIRST,
  publicationId,
  publishingRoom,
  SECOND,
  sol,
  submitted,
  submittedRoom,
  website,
  wim,
} from '../../../../support/given.ts';

const channels = [
  { channelId: website, name: 'Website', limit: null, via: { kind: 'hand' } },
  { channelId: ChannelId.parse('short'), name: 'Short', limit: 280, via: { kind: 'hand' } },
] as const;

test('nothing can be published before every step has cleared, and then exactly the frozen text', () => {
  expect(publishable(submittedRoom().state)).toBeNull();
  expect(channelStatuses(submittedRoom().state, channels).map(({ text }) => text)).toEqual([null, null]);
  const statuses = channelStatuses(clearedRoom().state, channels);
  expect(statuses.map(({ text, revision, canPublish }) => [text, revision, canPublish])).toEqual([
    [FIRST, 1, true],
    [FIRST, 1, true],
  ]);
});

test('a text that is longer than its channel takes says so, and not before the last character', () => {
  const limits = [FIRST.length, FIRST.length - 1].map((limit) => ({ ...channels[1], limit }));
  expect(channelStatuses(clearedRoom().state, limits).map(({ tooLong, canPublish }) => [tooLong, canPublish])).toEqual([
    [false, true],
    [true, true],
  ]);
  expect(channelStatuses(submittedRoom().state, limits).map(({ tooLong }) => tooLong)).toEqual([false, false]);
});

test('while one is under way on a channel nothing else begins there, and its own text stays shown', () => {
  const story = publishingRoom().and(by(wim, submitted(2, SECOND), at(4, 20)));
  const [site, short] = channelStatuses(story.state, channels);
  expect(site).toMatchObject({ canPublish: false, text: FIRST, revision: 1, publication: { phase: 'started' } });
  expect(short).toMatchObject({ canPublish: false, text: null, publication: null });
});

test('what is out is not published again; what did not go out can be', () => {
  const out = publishingRoom().and(by(sol, confirmed(at(4, 30)), at(4, 40)));
  expect(channelStatuses(out.state, channels).map(({ canPublish }) => canPublish)).toEqual([false, true]);
  const failed = publishingRoom().and(by(sol, { type: 'PublicationFailed', publicationId, reason: 'No password.' }));
  expect(channelStatuses(failed.state, channels).map(({ canPublish }) => canPublish)).toEqual([true, true]);
});

test('early and late are measured against the deadline', () => {
  const { state } = clearedRoom();
  expect(lateByMs(state, at(4, 30))).toBe(-30_000);
  expect(lateByMs(state, at(5, 10))).toBe(10_000);
  expect(lateByMs(state, null)).toBeNull();
});

test('a capture is of a known type and at most 4 MB; a refusal says what to choose instead', () => {
  const png = { name: 'a.png', type: 'image/png', size: 10 };
  expect(checkCapture(png)).toEqual({ ok: true, value: 'image/png' });
  expect(checkCapture({ ...png, type: 'text/plain;charset=utf-8' })).toEqual({ ok: true, value: 'text/plain' });
  expect(checkCapture({ ...png, size: EVIDENCE_MAX_BYTES }).ok).toBe(true);
  const refusals = [
    checkCapture({ ...png, size: EVIDENCE_MAX_BYTES + 60_000 }),
    checkCapture({ ...png, type: 'video/mp4' }),
    checkCapture({ ...png, type: '' }),
    checkCapture({ ...png, size: 0 }),
  ].map((result) => (result.ok ? '' : result.error));
  expect(refusals).toEqual([
    'This file has 4.1 MB; at most 4 MB can be kept. Choose a smaller capture.',
    'This file is video/mp4. A capture is a PNG, JPEG, WebP, PDF or text file.',
    'This file is of an unknown type. A capture is a PNG, JPEG, WebP, PDF or text file.',
    'This file is empty. Choose the capture itself.',
  ]);
});

test('bytes survive base64, more of them than one call takes', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
  expect(Uint8Array.from(Buffer.from(toBase64(bytes), 'base64'))).toEqual(bytes);
  expect([sizeWords(12), sizeWords(2048), sizeWords(3 * 1024 * 1024)]).toEqual(['12 bytes', '2 KB', '3.0 MB']);
});
