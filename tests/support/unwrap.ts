import type { Result } from '../../shared/base/result.ts';

/** The value of a result that the test takes for granted; a refusal fails the test with what it says. */
export function unwrap<Value>(result: Result<Value, unknown>): Value {
  if (result.ok) return result.value;
  throw new Error(`Refused: ${JSON.stringify(result.error)}`);
}
