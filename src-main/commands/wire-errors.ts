import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import { refusalText } from '../../shared/protocol/refusal-text.ts';
import type { WireError } from '../../shared/protocol/wire.ts';

export function wireError(code: string, message: string): WireError {
  return { code, message };
}

/** Nothing is signed in the name of somebody whose key is kept elsewhere. */
export const keyElsewhere = wireError(
  'KeyElsewhere',
  'Your key is not on this machine, so nothing can be signed in your name here. Use your own, or ask for an access link.',
);

/** A domain refusal as it crosses the wire: the tagged data for programs, a sentence for people. */
export function refused(refusal: Refusal, nameOf: (operatorId: string) => string = (id) => id): WireError {
  return { code: refusal.type, message: refusalText(refusal, nameOf), refusal };
}
