import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import { refusalText } from '../../shared/protocol/refusal-text.ts';
import type { WireError } from '../../shared/protocol/wire.ts';

export function wireError(code: string, message: string): WireError {
  return { code, message };
}

/** A domain refusal as it crosses the wire: the tagged data for programs, a sentence for people. */
export function refused(refusal: Refusal, nameOf: (operatorId: string) => string = (id) => id): WireError {
  return { code: refusal.type, message: refusalText(refusal, nameOf), refusal };
}
