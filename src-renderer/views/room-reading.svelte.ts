import type { RoomId } from '../../shared/base/ids.ts';
import { clearanceOf, isCleared } from '../../shared/domain/clearance/clearance.ts';
import { checkDraft } from '../../shared/domain/statement/checks/check-draft.ts';
import type { Draft } from '../../shared/domain/statement/draft.ts';
import type { Finding } from '../../shared/domain/statement/finding.ts';
import { latestRevision } from '../../shared/domain/statement/statement.ts';
import { StormController } from '../state/storm-controller.svelte.ts';
import type { WarRoom } from '../state/war-room.svelte.ts';
import type { ChartMark } from '../ui/rate-points.ts';
import { createFindings } from './findings.svelte.ts';
import { myStep } from './my-step.ts';
import { nextStep } from './next-step.ts';

/** What the places of the war room say of one room, worked out once for all. To be made while a component starts. */
export class RoomReading {
  readonly #war: WarRoom;
  readonly #roomId: () => RoomId;

  readonly room = $derived.by(() => (this.#war.room?.roomId === this.#roomId() ? this.#war.room : null));
  readonly incident = $derived(this.room?.state.incident);
  readonly countdown = $derived.by(() => this.room?.countdown(this.#war.second) ?? null);
  readonly statement = $derived(this.room?.statement);
  readonly revision = $derived(this.statement && latestRevision(this.statement));
  readonly template = $derived.by(() =>
    this.#war.workspace?.templates.find((one) => one.templateId === this.statement?.templateId),
  );
  readonly draftMoved = $derived(this.room?.draftMoved ?? false);
  readonly next = $derived(
    this.room ? nextStep(this.room.state, this.countdown, this.draftMoved, this.statement) : 'declare',
  );
  readonly mine = $derived.by(() => (this.room ? myStep(this.room.state, this.#war.session?.operator) : null));
  readonly feeds = $derived.by(() => this.#war.watch?.feeds ?? []);

  readonly cleared = $derived.by(() => {
    const { room, incident, statement, revision } = this;
    if (!room || !incident || incident.phase === 'undeclared' || !statement || !revision) return false;
    return isCleared(incident.chain, clearanceOf(room.state.clearances, statement.statementId, revision.revision));
  });

  /** `Communications, then Legal`; empty while nobody knows. */
  readonly chainWords = $derived(
    this.incident === undefined || this.incident.phase === 'undeclared'
      ? ''
      : this.incident.chain.map((step) => step.name).join(', then '),
  );

  readonly storm = $derived.by(() => {
    const storms = this.#war.watch?.storms ?? [];
    const spike = this.room?.events.find(({ event }) => event.type === 'SpikeDetected')?.event;
    const meant = spike?.type === 'SpikeDetected' ? spike.watchQueryId : undefined;
    return storms.find((one) => one.watchQueryId === meant) ?? storms.find((one) => one.state === 'spike') ?? storms[0];
  });

  readonly #stormId = $derived(this.storm?.watchQueryId);
  #closely = $state.raw<StormController | null>(null);
  /** The same storm over the last hour with its lists; null until the host has sent it. */
  readonly stormDetail = $derived.by(() => this.#closely?.detail ?? null);

  readonly #t0 = $derived(this.countdown?.t0);
  /** They go by the log alone: a chart is not drawn anew because time passes. */
  readonly marks = $derived.by((): ChartMark[] => {
    const shown: ChartMark[] = [];
    if (this.#t0 !== undefined) shown.push({ at: this.#t0, label: 'T0', kind: 'plain' });
    for (const { event, at } of this.room?.events ?? []) {
      if (event.type === 'AlarmRaised') shown.push({ at, label: 'alarm', kind: 'alarm' });
      else if (event.type === 'IncidentDeclared') shown.push({ at, label: 'declared', kind: 'plain' });
      else if (event.type === 'PublicationConfirmed')
        shown.push({ at: event.publishedAt, label: 'published', kind: 'done' });
    }
    return shown;
  });

  readonly checked = createFindings(
    () => this.room?.draft ?? null,
    (draft) => this.check(draft),
  );

  constructor(war: WarRoom, roomId: () => RoomId) {
    this.#war = war;
    this.#roomId = roomId;
    $effect(() => {
      if (this.#stormId === undefined) return;
      const closely = new StormController(war.api, this.#stormId, 1);
      this.#closely = closely;
      return () => closely.destroy();
    });
  }

  check(draft: Draft): readonly Finding[] {
    const { template, statement } = this;
    return checkDraft(draft, {
      channels: this.#war.workspace?.channels ?? [],
      now: this.#war.second,
      ...(template && { templateText: template.text }),
      ...(statement && { kind: statement.kind }),
    });
  }
}
