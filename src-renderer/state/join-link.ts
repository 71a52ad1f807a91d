import { CODE_GROUP, codeGroups } from '../../shared/protocol/invite-code.ts';
import { type Invite, INVITE_LINK_PREFIX, type InviteMistake, readInvite } from '../../shared/protocol/invite-link.ts';

// What an invite for a machine says, so that whoever joins sees it before they do. Whether it holds is for the host that
// issued it to say: nothing here is trusted, and nothing of it is sent anywhere but where it says itself.

/** The parts that are shown. */
export type ShownInvite = Pick<Invite, 'workspace' | 'hosts' | 'certificate' | 'name' | 'person' | 'expiresAt'>;

export type JoinLink =
  /** `link` is what was pasted or typed: the link, or the whole code. */
  | { readonly kind: 'invite'; readonly invite: ShownInvite; readonly link: string }
  /** A code that is not at its end yet; its first `groups` groups are as they were printed. */
  | { readonly kind: 'code'; readonly groups: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads what somebody pasted, typed, or opened the program with. Never throws. */
export function readJoinLink(pasted: string): JoinLink {
  // Windows adds a slash to a link that opens a program.
  const text = pasted.trim().replace(/^firebreak:\/\/join\/#/, INVITE_LINK_PREFIX);
  if (text === '') return { kind: 'empty' };
  if (/^https?:\/\//i.test(text))
    return unreadable(
      'This is a link for a browser: open it there. A machine joins with a link that begins with firebreak://join.',
    );
  const isLink = text.startsWith(INVITE_LINK_PREFIX);
  if (!isLink && !/^(?:[\s-]*[A-Za-z0-9]){16,}[\s-]*$/.test(text))
    return unreadable('This is no invite. One begins with firebreak://join, or is a code in groups of letters.');
  const read = readInvite(text);
  if (!read.ok)
    return isLink
      ? unreadable('This link is not whole. Copy it again, from its first character to its last.')
      : unfinishedOrMistyped(text, read.error);
  const { workspace, hosts, certificate, name, person, expiresAt } = read.value;
  return { kind: 'invite', invite: { workspace, hosts, certificate, name, person, expiresAt }, link: text };
}

function unfinishedOrMistyped(typed: string, mistake: InviteMistake): JoinLink {
  const groups = codeGroups(typed);
  if (mistake.type === 'NoInvite') return { kind: 'code', groups: groups.length };
  const group = groups[mistake.group - 1] ?? '';
  // The last one is still being typed, as far as anybody can tell.
  if (group.length < CODE_GROUP) return { kind: 'code', groups: mistake.group - 1 };
  return unreadable(
    `Group ${String(mistake.group)} (${group}) is not as it was printed. Look for a wrong letter in it, or for one too many or too few.`,
  );
}

function unreadable(why: string): JoinLink {
  return { kind: 'unreadable', why };
}

/** A fingerprint in groups of eight, for two people who compare it aloud. */
export function grouped(fingerprint: string): string {
  return fingerprint.replace(/(.{8})(?=.)/g, '$1 ');
}
