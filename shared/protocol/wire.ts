import { z } from 'zod';

/** What any endpoint answers when it does not do what was asked. `code` is for programs, `message` for people. */
export const WireError = z.strictObject({
  code: z.string(),
  message: z.string(),
  /** The domain's own refusal, where there is one. */
  refusal: z.unknown().optional(),
});
export type WireError = z.infer<typeof WireError>;

export const Reply = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown().optional() }),
  z.strictObject({ ok: z.literal(false), error: WireError }),
]);
export type Reply = z.infer<typeof Reply>;

/**
 * The two functions that every door offers the page. Electron IPC and a WebSocket carry exactly these.
 *
 * `invoke` resolves to a `Reply`, and rejects only when the host cannot be reached.
 * `subscribe` pushes every payload of a topic, the first at once; it returns the function that ends it.
 */
export interface Transport {
  invoke(endpoint: string, input: unknown): Promise<unknown>;
  subscribe(topic: string, params: unknown, push: (payload: unknown) => void): () => void;
}

/** Frames a page sends over the WebSocket at `/api`, as JSON text. */
export const ClientFrame = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('invoke'),
    id: z.int(),
    endpoint: z.string().max(64),
    input: z.unknown().optional(),
  }),
  z.strictObject({
    kind: z.literal('subscribe'),
    id: z.int(),
    topic: z.string().max(64),
    params: z.unknown().optional(),
  }),
  z.strictObject({ kind: z.literal('unsubscribe'), id: z.int() }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

/** Frames the host sends back; `id` is the one that the page chose. */
export const HostFrame = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('reply'), id: z.int(), reply: Reply }),
  z.strictObject({ kind: z.literal('payload'), id: z.int(), payload: z.unknown() }),
  z.strictObject({ kind: z.literal('refused'), id: z.int(), error: WireError }),
]);
export type HostFrame = z.infer<typeof HostFrame>;

/** Close codes of the sync endpoint after which coming back as before mends nothing; a page keeps its text and stops. */
export const SYNC_CLOSE = {
  badToken: 4401,
  readOnly: 4403,
  noSuchDocument: 4404,
  /** What was sent is written under a client id of another device, or says something else than is held. */
  notYours: 4409,
  /** The document has reached its largest size; deleting still works. */
  full: 4413,
  malformed: 1003,
} as const;
