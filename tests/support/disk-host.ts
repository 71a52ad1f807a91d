import { vi } from 'vitest';
import type { RoomId } from '../../shared/base/ids.ts';
import type { HostView } from '../../shared/protocol/views.ts';
import { callLocalHost } from '../../src-main/host/call-local-host.ts';
import { type ApiClient, openApi, signIn } from './api-client.ts';
import { act, blankStatement, declaration } from './crisis-story.ts';
import { type HostProcess, startHostProcess, type TestFolder } from './host-process.ts';
import { note, notesIn } from './notes-in-log.ts';

/** A host on a disk that is about to fail, with somebody at it. */
export interface HostOnDisk {
  readonly host: HostProcess;
  readonly api: ApiClient;
  readonly token: string;
  readonly cookie: string;
  /** Its notices, as the banner shows them now. */
  notices(): HostView['notices'];
  /** Writes a line; the code of the refusal, or null when it was acknowledged. */
  write(roomId: RoomId, text: string): Promise<string | null>;
  notes(roomId: RoomId): Promise<readonly string[]>;
  verified(roomId: RoomId): Promise<boolean>;
}

/**
 * `before` is what somebody brings along who was here already: a browser keeps its cookie. Without anything they are
 * invited, as an administrator.
 */
export async function startOnDisk(
  at: TestFolder,
  before: { readonly token?: string; readonly cookie?: string; readonly port?: number } = {},
): Promise<HostOnDisk> {
  const host = await startHostProcess(at, ['--port', String(before.port ?? 0)]);
  const token = before.token ?? (await invited(at));
  const cookie = before.cookie ?? (await signIn(host.url, token));
  const api = await openApi(host.url, { cookie, origin: host.url });
  let notices: HostView['notices'] = [];
  await api.follow('host', {}, (view) => (notices = view.notices));
  return {
    host,
    api,
    token,
    cookie,
    notices: () => notices,
    async write(roomId, text) {
      const reply = await api.ask('room.command', { roomId, command: note(text) });
      return reply.ok ? null : reply.error.code;
    },
    notes: (roomId) => notesIn(api, roomId),
    async verified(roomId) {
      const { ok, voids } = await api.get('room.verify', { roomId });
      return ok && voids.length === 0;
    },
  };
}

/** Through the local socket, without a process of its own for the command. */
async function invited({ dataDir }: TestFolder): Promise<string> {
  const input = { name: 'Administrator', role: 'administrator' };
  const reply = await callLocalHost(dataDir, 'people.invite', input);
  if (!reply?.ok) throw new Error(`nobody was invited: ${JSON.stringify(reply)}`);
  return (reply.value as { readonly token: string }).token;
}

export async function declaredRoom(api: ApiClient, what = 'Ovens'): Promise<RoomId> {
  const { roomId } = await api.get('alarm.raise', { what, why: '' });
  await act(api, roomId, declaration);
  return roomId;
}

/** The name of a new text of this room. */
export async function startedText(api: ApiClient, roomId: RoomId): Promise<string> {
  const { statementId } = await act(api, roomId, blankStatement);
  return `${roomId}/statement/${String(statementId)}`;
}

/** Waits until the banner says this of the disk. */
export async function storageNotice({ notices }: HostOnDisk, what: RegExp): Promise<void> {
  await vi.waitFor(() => {
    const found = notices().find(({ id, kind }) => id === 'storage' && kind === 'alarm');
    if (!found || !what.test(found.what)) throw new Error(`The banner says: ${JSON.stringify(notices())}`);
  }, 10_000);
}
