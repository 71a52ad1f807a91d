import type { RoomId, Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { WarRoomApi } from '../../shared/protocol/create-war-room-api.ts';
import { EVIDENCE_MAX_BYTES, EVIDENCE_TYPES } from '../../shared/protocol/endpoints.ts';

export type CaptureType = (typeof EVIDENCE_TYPES)[number];

/** What a file input takes. */
export const CAPTURE_ACCEPT = EVIDENCE_TYPES.join(',');

interface FileFacts {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

/** Whether a file can be kept as proof; else a sentence that says what is wrong and what to choose instead. */
export function checkCapture(file: FileFacts): Result<CaptureType, string> {
  const type = EVIDENCE_TYPES.find((one) => one === file.type.split(';')[0]);
  if (!type)
    return err(
      `This file is ${file.type === '' ? 'of an unknown type' : file.type}. A capture is a PNG, JPEG, WebP, PDF or text file.`,
    );
  if (file.size === 0) return err('This file is empty. Choose the capture itself.');
  if (file.size > EVIDENCE_MAX_BYTES)
    return err(`This file has ${megabytes(file.size)} MB; at most 4 MB can be kept. Choose a smaller capture.`);
  return ok(type);
}

/** Bytes as base64; in pieces, because a call takes only so many arguments. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/**
 * Keeps a file as evidence of a room. Gives the digest under which the host has it, or a sentence that says why not.
 */
export async function attachCapture(api: WarRoomApi, roomId: RoomId, file: File): Promise<Result<Sha256Hex, string>> {
  const mime = checkCapture(file);
  if (!mime.ok) return mime;
  const data = toBase64(new Uint8Array(await file.arrayBuffer()));
  const kept = await api.call('evidence.attach', { roomId, name: file.name.slice(-255), mime: mime.value, data });
  return kept.ok ? ok(kept.value.sha256) : err(`The capture was not kept: ${kept.error.message}`);
}

function megabytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}
