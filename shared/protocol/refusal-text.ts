import { assertNever } from '../base/invariant.ts';
import type { Act } from '../domain/roster/roles.ts';
import { RIGHTS, roleLabel } from '../domain/roster/roles.ts';
import type { Refusal } from '../domain/refusal/refusal.ts';

const ACTS: { readonly [A in Act]: string } = {
  read: 'read here',
  'edit-texts': 'write in the texts',
  'raise-alarm': 'raise an alarm',
  'acknowledge-alarm': 'answer an alarm',
  declare: 'declare an incident or change it',
  'stand-down': 'stand down an incident',
  submit: 'start or submit a statement',
  publish: 'publish',
  'keep-log': 'write into the log',
  watch: 'change what is watched',
  administer: 'change the organisation',
};

/**
 * A refusal as one sentence for people: what happened and what to do next. The screen, the command line and the list of
 * void events say the same. `names` gives a person's name; times are left to the caller, who knows the time zone.
 */
export function refusalText(refusal: Refusal, names: (operatorId: string) => string): string {
  switch (refusal.type) {
    case 'UnknownAuthor':
      return 'Only a person of this organisation can do this, under their own name; sign in as one and try again.';
    case 'BeyondCut':
      return 'The key that signed this was revoked, and it lies beyond what was accepted of it; an administrator can let it count again.';
    case 'Forked':
      return 'Its author signed two different entries with one number, so nothing of theirs counts from there; an administrator gives them a new key.';
    case 'NotInItsPast':
      return 'It rests on something that its author did not have then, so it does not count; do it again now.';
    case 'AheadOfClock':
      return 'This rests on an entry whose time is far ahead of this machine; compare the clocks of both machines, then do it again.';
    case 'NotAllowed':
      return `Your roles do not let you ${ACTS[refusal.act]}; ask ${whoMay(refusal.act)}.`;
    case 'HostOnly':
      return 'Only the host itself records this; there is nothing for a person to do.';
    case 'DoesNotFit':
      return `That does not fit into the log (${refusal.where}: ${refusal.reason}): shorten it, then do it again.`;
    case 'UnknownEvent':
      return `This program does not know "${refusal.name}", so the entry is kept without effect; a newer version may know it.`;
    case 'AlarmExists':
      return 'This room has its alarm already; answer that one.';
    case 'T0TooLate':
      return 'The clock cannot start later than the alarm says; keep its T0, or name an earlier time.';
    case 'NoAlarm':
      return 'There is no such alarm in this room; look at the list of rooms for the one that rings.';
    case 'AlreadyAcknowledged':
      return `${names(refusal.by)} has already answered this alarm; go on in the room.`;
    case 'AlreadyEscalated':
      return 'This call has gone out already or the alarm is answered; nothing more is to be done.';
    case 'WatchTooLong':
      return 'A watch ends within a day, and not before it begins; choose a time in the next 24 hours.';
    case 'NotWatching':
      return 'Nobody is watching this alarm, or its time is not over; nothing is to be done.';
    case 'AlreadyDeclared':
      return 'The incident is declared already; go on in the room, or stand it down.';
    case 'NotDeclared':
      return 'No incident is declared in this room yet; declare it first.';
    case 'IncidentOver':
      return 'This incident has ended and its record no longer changes; raise a new alarm if it goes on.';
    case 'AlreadyComplex':
      return 'The incident is complex already, and nothing extends the deadline beyond 10:00; publish what is certain by then.';
    case 'DeadlineNotPassed':
      return 'This deadline has not passed or is recorded already; nothing is to be done.';
    case 'DeadlineMet':
      return 'A statement was out before the deadline, so there is no breach to record.';
    case 'AlreadyPublishedSomething':
      return 'A statement of this incident is public, so it cannot have been declared by mistake; stand it down instead.';
    case 'StatementExists':
      return 'This statement has been started already; open it and go on writing there.';
    case 'NoSuchStatement':
      return 'There is no such statement in this room; start it, or choose another.';
    case 'EmptyText':
      return 'The text is empty; write it before you submit it.';
    case 'DraftMoved':
      return 'The draft changed while you were submitting it; read it again and submit what you then see.';
    case 'NothingChanged':
      return 'The draft says exactly what the last revision says; change it before you submit again.';
    case 'WrongRevisionNumber':
      return `Somebody submitted meanwhile and the next revision is ${String(refusal.expected)}; look at the newest one, then submit again.`;
    case 'HashMismatch':
      return 'These are not the words that were frozen in this revision; reload it and look again.';
    case 'NoSuchRevision':
      return 'There is no such revision of this statement; reload and choose one that is listed.';
    case 'RevisionSuperseded':
      return `Revision ${String(refusal.latest)} has taken the place of this one; read that one and decide on it.`;
    case 'RevisionSentBack':
      return 'This revision was sent back; change the draft and submit it again.';
    case 'AlreadyCleared':
      return 'Everybody has signed this revision off; publish it, or withdraw your own approval.';
    case 'NoSuchStep':
      return 'The sign-off of this incident has no such step; reload and take the one whose turn it is.';
    case 'NotYourTurn':
      return `It is the turn of ${refusal.waitingFor}; wait for them, or ask them to delegate.`;
    case 'NotYourStep':
      return `You cannot take the step ${refusal.step}; somebody with that role, a deputy or whom they delegate to can.`;
    case 'AlreadyApproved':
      return 'You have approved this revision already and nobody approves twice; somebody else must take this step, so delegate it.';
    case 'CannotTakeOver':
      return `${names(refusal.operatorId)} cannot take over this step; choose somebody else who has not approved this revision.`;
    case 'NothingToWithdraw':
      return 'You have given no approval for this step, so there is nothing to withdraw; people withdraw only their own.';
    case 'NotCleared':
      return `This revision is not signed off, it waits for ${refusal.waitingFor}; publish when every step has approved.`;
    case 'WrongApprovals':
      return 'The approvals changed while you were publishing; look at the sign-off again, then publish.';
    case 'PublicationRunning':
      return 'A publication on this channel is not settled; confirm it or mark it as failed first.';
    case 'AlreadyPublished':
      return 'This text is out on this channel already; choose another channel or submit a new revision.';
    case 'NoSuchPublication':
      return 'There is no such publication in this room; reload and choose one that is listed.';
    case 'PublicationSettled':
      return 'What became of this publication is recorded already; add a note to the log if it is wrong.';
    case 'NotInDoubt':
      return 'Nobody asks what became of this publication; there is nothing to settle.';
    default:
      return assertNever(refusal);
  }
}

function whoMay(act: Act): string {
  const roles = RIGHTS[act].filter((role) => role !== 'observer');
  const some = roles.length > 4 ? [] : roles.map((role) => `the ${roleLabel(role).toLowerCase()}`);
  if (some.length === 0) return 'a member of the team who is no observer';
  return some.length === 1 ? (some[0] ?? '') : `${some.slice(0, -1).join(', ')} or ${some.at(-1) ?? ''}`;
}
