import type { Instant, RoomId, Sha256Hex, StatementId } from '../../shared/base/ids.ts';
import type { Result } from '../../shared/base/result.ts';
import { countdownAt, leadingStatement } from '../../shared/domain/countdown/countdown.ts';
import type { Draft } from '../../shared/domain/statement/draft.ts';
import { draftHash } from '../../shared/domain/statement/draft.ts';
import type { Finding } from '../../shared/domain/statement/finding.ts';
import { latestRevision, type Statement, statementOf } from '../../shared/domain/statement/statement.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import type { WarRoomApi } from '../../shared/protocol/create-war-room-api.ts';
import type { CommandAccepted } from '../../shared/protocol/endpoints.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { emptyRoomLog, type RoomLog, takeFeed } from './room-log.ts';
import { sameWords } from './same-words.ts';

/** A place in the words being written; `channelId` null is the master. */
export interface Place {
  readonly channelId: string | null;
  readonly from: number;
  readonly to: number;
  /** The finding whose fix is wanted there. */
  readonly fix?: Finding;
}

/** A keystroke that is still on its way to the host when the words are submitted needs this long, and a little more. */
const DRAFT_SETTLES_MS = 400;

/* eslint svelte/prefer-svelte-reactivity: 'off' -- the maps here are replaced, never changed in place: raw state */

/** One room as the page knows it: the pushed log, and the same fold over it that the host and the verifier run. */
export class RoomController {
  readonly roomId: RoomId;
  /** Whether this window takes part, and is recorded as being there. */
  readonly present: boolean;
  readonly #api: WarRoomApi;
  readonly #stop: () => void;
  /** The log in order, with its fold. Replaced, never changed in place, so that it can be raw state. */
  #log = $state.raw<RoomLog>(emptyRoomLog);
  readonly events = $derived(this.#log.events);
  readonly state = $derived(this.#log.state);
  readonly voids = $derived(this.#log.voids);
  /** Late entries that landed in the middle of what this window had shown, and that nobody here has looked at. */
  readonly landed = $derived(this.#log.landed);
  /** False until the first payload has come. */
  loaded = $state(false);
  /** The text that this window has chosen, where that is another than the one that the countdown is about. */
  chosenStatement = $state<StatementId | null>(null);
  readonly statement = $derived(
    (this.chosenStatement && statementOf(this.state.statements, this.chosenStatement)) ?? leadingStatement(this.state),
  );
  /** The words being written, as this page has them now. Null until the statement's text is open here. */
  draft = $state.raw<Draft | null>(null);
  /** The words on this screen are not those of the latest revision. False while there is neither. */
  readonly draftMoved = $derived.by(() => {
    const revision = this.statement && latestRevision(this.statement);
    return this.draft !== null && revision !== undefined && !sameWords(this.draft, revision.content);
  });
  /** Where the text should put its cursor: a new object asks again. */
  wantedPlace = $state.raw<Place | null>(null);

  constructor(api: WarRoomApi, roomId: RoomId, present = false) {
    this.#api = api;
    this.roomId = roomId;
    this.present = present;
    this.#stop = api.follow('room', { roomId, present }, (payload) => {
      this.#log = takeFeed(this.#log, payload);
      this.loaded = true;
    });
  }

  /** Somebody here has looked at these late entries. */
  sawLanded(hashes: readonly Sha256Hex[]): void {
    this.#log = { ...this.#log, landed: this.#log.landed.filter((hash) => !hashes.includes(hash)) };
  }

  countdown(now: Instant) {
    return countdownAt(this.state, now);
  }

  act(command: RoomCommand): Promise<Result<CommandAccepted, WireError>> {
    return this.#api.call('room.command', { roomId: this.roomId, command });
  }

  /** Freezes exactly the words on this screen. A keystroke under way makes the host refuse; then it is tried once more. */
  async submitDraft(statement: Statement): Promise<Result<CommandAccepted, WireError>> {
    const { statementId } = statement;
    const first = await this.#submitSeen(statementId);
    if (first.ok || !isDraftMoved(first.error)) return first;
    await new Promise((resolve) => setTimeout(resolve, DRAFT_SETTLES_MS));
    return this.#submitSeen(statementId);
  }

  #submitSeen(statementId: Statement['statementId']): Promise<Result<CommandAccepted, WireError>> {
    const seen = draftHash(this.draft ?? { master: '', variants: {} });
    return this.act({ type: 'submitRevision', statementId, seen });
  }

  destroy(): void {
    this.#stop();
  }
}

function isDraftMoved(error: WireError): boolean {
  const { refusal } = error;
  const isTagged = typeof refusal === 'object' && refusal !== null && 'type' in refusal;
  return error.code === 'DraftMoved' || (isTagged && refusal.type === 'DraftMoved');
}
