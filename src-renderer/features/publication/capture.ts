import { err, ok, type Result } from '../../../shared/base/result.ts';
import { EVIDENCE_MAX_BYTES, EVIDENCE_TYPES } from '../../../shared/protocol/endpoints.ts';
import { countOf, formatCount } from '../../../shared/base/format.ts';

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

/** How big a file is, for people. */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return countOf(bytes, 'byte');
  return bytes < 1024 * 1024 ? `${formatCount(bytes / 1024)} KB` : `${megabytes(bytes)} MB`;
}

function megabytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}
