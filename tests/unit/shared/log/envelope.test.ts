import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../../shared/base/canonical.ts';
import { sha256Hex } from '../../../../shared/base/digest.ts';
import {
  bodyHashOf,
  Envelope,
  eventHash,
  Salt,
  SignedEvent,
  unsignedText,
  type UnsignedEnvelope,
} from '../../../../shared/log/envelope.ts';
import { sampleRoom } from '../../../support/log-fixtures.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const head = fc.record({ seq: fc.integer({ min: 1 }), hash: hex(64), author: hex(64) });
const unsigned = fc.record({
  workspace: fc.array(head, { maxLength: 3 }),
  v: fc.constant(1),
  type: fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }).filter((type) => type.isWellFormed()),
  time: fc.record({ wall: fc.integer({ min: 0, max: 8_640_000_000_000_000 }), counter: fc.nat() }),
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  seen: fc.array(head, { maxLength: 3 }),
  previous: fc.option(hex(64)),
  log: fc.constantFrom('workspace', 'room-12345678'),
  bodyHash: hex(64),
  author: hex(64),
});

test('the text that is signed is the RFC 8785 form, in whatever order the envelope was put together', () => {
  fc.assert(
    fc.property(unsigned, (envelope) => {
      expect(unsignedText(envelope as unknown as UnsignedEnvelope)).toBe(canonicalJson(envelope));
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('the event hash is SHA-256 over the domain prefix and the envelope without its signature', () => {
  const event = sampleRoom(1).roomEvents[0];
  const { signature: _signature, ...rest } = event!.envelope;
  expect(event!.hash).toBe(sha256Hex(`firebreak/event/1\n${canonicalJson(rest)}`));
  expect(eventHash(event!.envelope)).toBe(event!.hash);
});

test('the body hash is SHA-256 over the salt bytes and the canonical body', () => {
  const salt = Salt.parse('00'.repeat(16));
  const bytes = new Uint8Array([...new Uint8Array(16), ...Buffer.from('{"a":1}')]);
  expect(bodyHashOf('{"a":1}', salt)).toBe(sha256Hex(bytes));
});

test('an envelope takes no field more and none less, and no other version', () => {
  const envelope = sampleRoom(1).roomEvents[0]!.envelope;
  expect(Envelope.safeParse(envelope).success).toBe(true);
  expect(Envelope.safeParse({ ...envelope, more: 1 }).success).toBe(false);
  expect(Envelope.safeParse({ ...envelope, v: 2 }).success).toBe(false);
  expect(Envelope.safeParse({ ...envelope, seq: 0 }).success).toBe(false);
  expect(Envelope.safeParse({ ...envelope, type: '' }).success).toBe(false);
  for (const name of Object.keys(envelope)) {
    const { [name as keyof typeof envelope]: _left, ...less } = envelope;
    expect(Envelope.safeParse(less).success, name).toBe(false);
  }
});

test('body and salt are redacted together', () => {
  const { envelope, body, salt } = sampleRoom(1).roomEvents[0]!;
  expect(SignedEvent.safeParse({ envelope, body: null, salt: null }).success).toBe(true);
  expect(SignedEvent.safeParse({ envelope, body: null, salt }).success).toBe(false);
  expect(SignedEvent.safeParse({ envelope, body, salt: null }).success).toBe(false);
  expect(SignedEvent.safeParse({ envelope, body: [], salt }).success).toBe(false);
});
