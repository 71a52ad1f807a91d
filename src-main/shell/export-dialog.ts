import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { dialog, type BrowserWindow } from 'electron';
import { ExportFormat, type EndpointOutputs } from '../../shared/protocol/endpoints.ts';
import type { Api } from '../commands/ports.ts';
import { roomIdOfPage } from './links.ts';
import { OWN_CALLER } from './ringing-rooms.ts';

const FILTERS: readonly { readonly name: string; readonly format: ExportFormat }[] = [
  { name: 'JSON Lines, can be verified', format: 'jsonl' },
  { name: 'Table (CSV)', format: 'csv' },
  { name: 'Markdown', format: 'md' },
  { name: 'Web page', format: 'html' },
];

/** Exports the room that the window shows into a file that somebody chooses; its ending decides the format. */
export async function exportShownRoom(api: Api, window: BrowserWindow | null): Promise<void> {
  const roomId = window && roomIdOfPage(window.webContents.getURL());
  if (!roomId) {
    await say('info', 'No room is open.', 'Open the room or its replay first, then export it.');
    return;
  }
  const { canceled, filePath } = await dialog.showSaveDialog({
    title: 'Export this room',
    defaultPath: `${roomId}.jsonl`,
    filters: FILTERS.map(({ name, format }) => ({ name, extensions: [format] })),
  });
  if (canceled || !filePath) return;
  const format = ExportFormat.safeParse(extname(filePath).slice(1).toLowerCase());
  if (!format.success) {
    await say('error', 'The room was not exported.', 'Let the file name end in .jsonl, .csv, .md or .html.');
    return;
  }
  const reply = await api.invoke(OWN_CALLER, 'room.export', { roomId, format: format.data });
  if (!reply.ok) return say('error', 'The room was not exported.', reply.error.message);
  try {
    await writeFile(filePath, (reply.value as EndpointOutputs['room.export']).text);
  } catch (cause) {
    await say('error', 'The room was not exported.', cause instanceof Error ? cause.message : String(cause));
  }
}

async function say(type: 'info' | 'error', message: string, detail: string): Promise<void> {
  await dialog.showMessageBox({ type, message, detail, buttons: ['OK'] });
}
