import { chainFromRoles } from '../../shared/domain/playbook/default-chain.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import { draftHash } from '../../shared/domain/statement/draft.ts';
import type { PlaybookId, RoomId, StatementId } from '../../shared/base/ids.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import type { CommandAccepted } from '../../shared/protocol/endpoints.ts';
import { type ApiClient, connectApi } from './api-client.ts';

export const PLAYBOOK = 'service-outage' as PlaybookId;
export const CHAIN = ['comms-lead', 'legal', 'spokesperson'] as const;

/** Everybody a story needs, by their role, with a token each. The chain gets its three steps. */
export async function setUpPeople<R extends Role>(admin: ApiClient, roles: readonly R[]): Promise<Record<R, string>> {
  const tokens = {} as Record<R, string>;
  for (const role of roles) tokens[role] = (await admin.get('people.invite', { name: `The ${role}`, role })).token;
  const { playbooks } = await admin.follow('workspace', {});
  const playbook = playbooks.find((one) => one.playbookId === PLAYBOOK);
  if (!playbook) throw new Error('the playbook is not there');
  const change = { type: 'savePlaybook', playbook: { ...playbook, chain: chainFromRoles([...CHAIN]) } } as const;
  await admin.get('workspace.change', { change });
  return tokens;
}

/** Signs the first administrator in, whom a headless host makes by itself. */
export async function connectAdministrator(url: string, link: string): Promise<ApiClient> {
  return connectApi(url, new URL(link).hash.replace('#token=', ''));
}

export function act(api: ApiClient, roomId: RoomId, command: RoomCommand): Promise<CommandAccepted> {
  return api.get('room.command', { roomId, command });
}

export const declaration: RoomCommand = {
  type: 'declareIncident',
  title: 'Ovens that do not stop',
  severity: 'sev2',
  complexity: 'simple',
  complexityReason: null,
  playbookId: PLAYBOOK,
};

export const blankStatement: RoomCommand = {
  type: 'startStatement',
  kind: 'holding',
  title: 'First words',
  templateId: null,
};

/** Freezes these words; the revision it becomes. The words must be in the document already. */
export async function submit(api: ApiClient, roomId: RoomId, statementId: StatementId, master: string, variants = {}) {
  const accepted = await act(api, roomId, {
    type: 'submitRevision',
    statementId,
    seen: draftHash({ master, variants }),
  });
  const hash = accepted.events[0]?.hash;
  const { events } = await api.follow('room', { roomId });
  const submitted = events.findLast(({ event }) => event.type === 'RevisionSubmitted')?.event;
  if (submitted?.type !== 'RevisionSubmitted') throw new Error('nothing was submitted');
  return {
    eventHash: hash,
    revision: { statementId, revision: submitted.revision, hash: submitted.hash },
    content: submitted.content,
  };
}

/** The ids of the chain's steps, as the declared incident has them. */
export async function stepIds(api: ApiClient, roomId: RoomId) {
  const { events } = await api.follow('room', { roomId });
  const declared = events.find(({ event }) => event.type === 'IncidentDeclared')?.event;
  if (declared?.type !== 'IncidentDeclared') throw new Error('nothing was declared');
  return declared.chain.map((step) => step.stepId);
}
