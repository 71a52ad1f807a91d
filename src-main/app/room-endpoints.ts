import { createHash } from 'node:crypto';
import { instant, type Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok } from '../../shared/base/result.ts';
import { EVIDENCE_MAX_BYTES } from '../../shared/protocol/endpoints.ts';
import { type HostEndpoints, notFounded, operatorIdOf, refusalToAct, signedOut } from '../commands/endpoints.ts';
import { roomSummaries } from '../commands/views.ts';
import { wireError } from '../commands/wire-errors.ts';
import { documentStoreOf } from './documents.ts';
import { exportRoom } from './export-room.ts';
import type { HostContext } from './host-context.ts';
import { createRestoreDocument } from './restore-document.ts';
import { verifyExport } from './verify-file.ts';

type RoomEndpoints = Pick<
  HostEndpoints,
  | 'rooms.list'
  | 'document.token'
  | 'document.history'
  | 'document.restore'
  | 'evidence.attach'
  | 'room.export'
  | 'room.verify'
>;

const DOCUMENT_TOKEN_MS = 60_000;

/** The endpoints about what is kept of rooms beside their commands: texts, evidence, and the room as a file. */
export function createRoomEndpoints(host: HostContext): RoomEndpoints {
  const now = () => host.clock.now();

  return {
    'rooms.list': (caller) => {
      const founded = host.founded();
      if (!founded) return ok([]);
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal) return err(refusal);
      return ok(roomSummaries(founded.warRoom.rooms.values(), founded.workspace.state.demo, now()));
    },
    'document.token': (caller, { document }) => {
      const founded = host.founded();
      const operatorId = founded && operatorIdOf(founded, caller);
      if (!founded || operatorId === null) return err(founded ? signedOut : notFounded);
      if (!documentStoreOf(founded, document)) return err(noSuchDocument);
      const expiresAt = instant(now() + DOCUMENT_TOKEN_MS);
      const token = host.documentTokens.issue({ document, operatorId, sessionId: caller.sessionId, expiresAt });
      return ok({ token, expiresAt });
    },
    'document.history': (caller, { document }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const store = documentStoreOf(founded, document);
      if (!store) return err(noSuchDocument);
      const updates = store
        .history(document)
        .map(({ at, operatorId, data }) => ({ at, operatorId, data: Buffer.from(data).toString('base64') }));
      return ok({ updates });
    },
    'document.restore': createRestoreDocument(host),
    'evidence.attach': (caller, { roomId, name, mime, data }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'keep-log');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const book = founded.warRoom.rooms.get(roomId);
      if (!book) return err(noSuchRoom);
      const bytes = Buffer.from(data, 'base64');
      if (bytes.length === 0 || bytes.length > EVIDENCE_MAX_BYTES)
        return err(wireError('EvidenceSize', 'A capture has between one byte and 4 MB. Choose a smaller one.'));
      const sha256 = createHash('sha256').update(bytes).digest('hex') as Sha256Hex;
      book.file.evidence.put({ sha256, name, mime, bytes });
      return ok({ sha256, bytes: bytes.length });
    },
    'room.export': (caller, { roomId, format }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const book = founded.warRoom.rooms.get(roomId);
      return book ? ok(exportRoom(book, format, { signer: host.keyRing.host(), now: now() })) : err(noSuchRoom);
    },
    'room.verify': (caller, { roomId }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const book = founded.warRoom.rooms.get(roomId);
      if (!book) return err(noSuchRoom);
      const { text } = exportRoom(book, 'jsonl', { signer: host.keyRing.host(), now: now() });
      return ok(verifyExport(text));
    },
  };
}

const noSuchRoom = wireError('NoSuchRoom', 'There is no such room. It may be on another host.');
const noSuchDocument = wireError('NoSuchDocument', 'There is no such document.');
