import type { Reply, WireError } from '../../shared/protocol/wire.ts';

/** JSON has no `undefined`: a reply without a value would lose the key that its schema asks for. */
export function wireReply(reply: Reply): Reply {
  return reply.ok && reply.value === undefined ? { ok: true, value: null } : reply;
}

/** What a door answers when a handler threw, which is a bug: the details go to the log, not through the door. */
export const HANDLER_BROKE_ERROR: WireError = {
  code: 'Broken',
  message: 'Something went wrong in the host. What you did may not have been recorded.',
};
export const HANDLER_BROKE: Reply = { ok: false, error: HANDLER_BROKE_ERROR };
