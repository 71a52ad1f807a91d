import type { OperatorId, Sha256Hex } from '../../shared/base/ids.ts';
import type { Result } from '../../shared/base/result.ts';
import type { HostView, SessionView } from '../../shared/protocol/views.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import type { Founding } from '../commands/founding.ts';
import type { Clock, Schedule } from '../commands/ports.ts';
import type { Signal } from '../commands/signal.ts';
import type { SyncService } from '../host/sync/sync-service.ts';
import type { HostLog } from '../host/host-log.ts';
import type { HighWater } from '../identity/high-water.ts';
import type { Access } from '../identity/access.ts';
import type { DocumentTokens } from '../identity/document-token.ts';
import type { DataPaths } from './data-folder.ts';
import type { DocumentNoticeBook } from './document-notices.ts';
import type { Enrolment } from './enrolment.ts';
import type { KeyRing } from './key-ring.ts';
import type { Notices } from './notices.ts';
import type { Replication } from './replication.ts';
import type { Resources } from './resources.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** What a door brings: where the room is shared, and how to share it or stop. */
export interface Sharing {
  /** The address under which browsers reach this host now; null while no port is open. */
  url(): string | null;
  open(): Promise<string>;
  close(): Promise<void>;
  /** SHA-256 of the host's own certificate (DER), where it serves with one that nobody else vouches for. */
  certificate?(): Sha256Hex | null;
  /** Where other machines reach it, the likeliest first; by `url` where it does not say. */
  addresses?(): readonly string[];
}

export interface DemoControl {
  view(): NonNullable<HostView['demo']>;
  setSpeed(speed: number): void;
}

/** One host, as its endpoints see it. */
export interface HostContext {
  readonly version: string;
  readonly paths: DataPaths;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly log: HostLog;
  readonly resources: Resources;
  readonly highWater: HighWater;
  readonly keyRing: KeyRing;
  readonly keyProtection: HostView['keyProtection'];
  readonly enrolment: Enrolment;
  readonly access: Access;
  readonly documentTokens: DocumentTokens;
  readonly sync: SyncService;
  readonly notices: Notices;
  /** What happened to texts that whoever has them open must know. */
  readonly documentNotices: DocumentNoticeBook;
  readonly sharing: Sharing;
  readonly replication: Replication;
  /** A session speaks for somebody else now; null is every session. */
  readonly sessionChanged: Signal<string | null>;
  /** These sessions are over: their connections must end at once. */
  readonly sessionsCut: Signal<readonly string[]>;
  /** This operator's connections must end at once. */
  readonly operatorCut: Signal<OperatorId>;
  /** Ends whatever this person could still come in with. Doing it again does no harm, and mends a crash in between. */
  cutAccess(operatorId: OperatorId): void;
  /** A role changed: open documents are judged anew. */
  readonly hostChanged: Signal<void>;
  stage(): SessionView['stage'];
  founded(): WorkspaceHost | null;
  found(founding: Founding): { readonly recoveryKey: string };
  /** Makes this empty folder a host of another's workspace, and begins to follow it. Says whose desktop it is now. */
  join(pasted: string): Promise<Result<{ readonly operatorId: OperatorId | null }, WireError>>;
  demo(): DemoControl | null;
  startDemo(speed: number): void;
  /** Puts the demo's files aside. This session stays, as nobody's; all others end. */
  leaveDemo(sessionId: string | null): void;
  /** For the doors that belong to whoever owns the folder: who they act as. */
  localOperator(): OperatorId | null;
  actLocallyAs(operatorId: OperatorId): void;
}
