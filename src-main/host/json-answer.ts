/** What a route answers with. `sendJson` adds the headers that every response has. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export function refusal(status: number, code: string, message: string): JsonAnswer {
  return { status, body: { code, message } };
}

/** `methods` as the header `Allow` has them. */
export function notAllowed(methods: string, sentence: string): JsonAnswer {
  return { ...refusal(405, 'MethodNotAllowed', sentence), headers: { Allow: methods } };
}

/** `again` is the sentence up to the time: `Too many attempts. Try again`. */
export function tooOften(code: string, again: string, waitMs: number): JsonAnswer {
  const seconds = String(Math.ceil(waitMs / 1000));
  return { ...refusal(429, code, `${again} in ${seconds} s.`), headers: { 'Retry-After': seconds } };
}

/** Where the rest of a request is not read: the connection ends with this answer. */
export function closing(answer: JsonAnswer): JsonAnswer {
  return { ...answer, headers: { ...answer.headers, Connection: 'close' } };
}
