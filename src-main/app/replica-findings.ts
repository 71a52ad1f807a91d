import type { PublicKeyHex } from '../../shared/base/ids.ts';
import { operatorOf } from '../../shared/domain/workspace/workspace.ts';
import type { LogId } from '../../shared/log/envelope.ts';
import type { ReplicaView } from '../../shared/protocol/views.ts';
import type { TextLog } from '../commands/ports.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** What in the logs and texts here is not as it should be, and whose it is. */
export function replicaFindings(host: WorkspaceHost): Pick<ReplicaView, 'forks' | 'refusedTexts'> {
  const { workspace, warRoom } = host;
  const rooms = [...warRoom.rooms.values()];

  function nameOf(key: PublicKeyHex): string {
    const { keys, hosts } = workspace.state;
    const bound = keys[key];
    if (!bound) return 'Somebody unknown';
    const person = bound.operatorId && operatorOf(workspace.state, bound.operatorId);
    return person ? person.name : (hosts[bound.host]?.name ?? 'A host');
  }

  function forksIn(
    log: LogId,
    forkedFrom: ReadonlyMap<PublicKeyHex, number>,
  ): ReadonlyArray<ReplicaView['forks'][number]> {
    return [...forkedFrom].map(([author, seq]) => ({ log, author, name: nameOf(author), seq }));
  }

  function refusedIn(texts: TextLog): ReadonlyArray<ReplicaView['refusedTexts'][number]> {
    return texts
      .documents()
      .flatMap((document) =>
        texts.refused(document).map(({ batch, why }) => ({ document, author: batch.header.author, why })),
      );
  }

  return {
    forks: [
      ...forksIn('workspace', workspace.history.forkedFrom),
      ...rooms.flatMap(({ file, forkedFrom }) => forksIn(file.roomId, forkedFrom)),
    ],
    refusedTexts: host.textFiles.all().flatMap(refusedIn),
  };
}
