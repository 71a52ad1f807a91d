import type { Instant, OperatorId } from '../../base/ids.ts';
import type { Act } from '../roster/roles.ts';

/**
 * Why something does not count. The same words refuse a command before it becomes an event, and mark an event that
 * arrived from elsewhere as void: one rule book for both.
 */
export type Refusal =
  | { readonly type: 'UnknownAuthor' }
  /** The key that signed it was revoked, and it lies beyond what the revocation lets count. */
  | { readonly type: 'BeyondCut' }
  /** Its author signed two different events with one number, this or an earlier one. */
  | { readonly type: 'Forked' }
  /** It relies on something that its author did not have. */
  | { readonly type: 'NotInItsPast' }
  /** It would rest on something whose time is far ahead of this machine's clock. */
  | { readonly type: 'AheadOfClock' }
  | { readonly type: 'NotAllowed'; readonly act: Act }
  | { readonly type: 'HostOnly' }
  | { readonly type: 'UnknownEvent'; readonly name: string }
  /** It could be signed and would then be read by nobody. `where` names the part, `reason` is for people. */
  | { readonly type: 'DoesNotFit'; readonly where: string; readonly reason: string }
  | { readonly type: 'AlarmExists' }
  | { readonly type: 'T0TooLate' }
  | { readonly type: 'NoAlarm' }
  | { readonly type: 'AlreadyAcknowledged'; readonly by: OperatorId; readonly at: Instant }
  | { readonly type: 'AlreadyEscalated' }
  | { readonly type: 'WatchTooLong' }
  | { readonly type: 'NotWatching' }
  | { readonly type: 'AlreadyDeclared' }
  | { readonly type: 'NotDeclared' }
  | { readonly type: 'IncidentOver' }
  | { readonly type: 'AlreadyComplex' }
  | { readonly type: 'DeadlineNotPassed' }
  | { readonly type: 'DeadlineMet' }
  | { readonly type: 'AlreadyPublishedSomething' }
  | { readonly type: 'StatementExists' }
  | { readonly type: 'NoSuchStatement' }
  | { readonly type: 'EmptyText' }
  | { readonly type: 'DraftMoved' }
  | { readonly type: 'NothingChanged' }
  | { readonly type: 'WrongRevisionNumber'; readonly expected: number }
  | { readonly type: 'HashMismatch' }
  | { readonly type: 'NoSuchRevision' }
  | { readonly type: 'RevisionSuperseded'; readonly latest: number }
  | { readonly type: 'RevisionSentBack' }
  | { readonly type: 'AlreadyCleared' }
  | { readonly type: 'NoSuchStep' }
  | { readonly type: 'NotYourTurn'; readonly waitingFor: string }
  | { readonly type: 'NotYourStep'; readonly step: string }
  | { readonly type: 'AlreadyApproved' }
  | { readonly type: 'CannotTakeOver'; readonly operatorId: OperatorId }
  | { readonly type: 'NothingToWithdraw' }
  | { readonly type: 'NotCleared'; readonly waitingFor: string }
  | { readonly type: 'WrongApprovals' }
  | { readonly type: 'PublicationRunning' }
  | { readonly type: 'AlreadyPublished' }
  | { readonly type: 'NoSuchPublication' }
  | { readonly type: 'PublicationSettled' }
  | { readonly type: 'NotInDoubt' };
