import { err, ok } from '../../shared/base/result.ts';
import { type HostEndpoints, notFounded } from '../commands/endpoints.ts';
import { wireError } from '../commands/wire-errors.ts';
import { asAdministrator } from './administrators.ts';
import { createBundleEndpoints } from './bundle-endpoints.ts';
import type { HostContext } from './host-context.ts';
import { importMentions } from './import-mentions.ts';
import { createMachineEndpoints } from './machine-endpoints.ts';
import { createPeopleEndpoints } from './people-endpoints.ts';
import { createRoomEndpoints } from './room-endpoints.ts';
import { createSessionEndpoints } from './session-endpoints.ts';
import { createWatchEndpoints } from './watch-endpoints.ts';

/** The endpoints that are about a whole host. Those here are about its doors; the others are beside, each by its idea. */
export function createHostEndpoints(host: HostContext): HostEndpoints {
  return {
    ...createSessionEndpoints(host),
    ...createRoomEndpoints(host),
    ...createWatchEndpoints(host),
    ...createPeopleEndpoints(host),
    ...createMachineEndpoints(host),
    ...createBundleEndpoints(host),
    'mentions.import': (caller, input) => {
      const founded = host.founded();
      if (!founded) return err(notFounded);
      if (caller.door !== 'local')
        return err(wireError('LocalOnly', 'Importing reads a file of this machine: use the command line here.'));
      return importMentions(founded, input, host);
    },
    'access.link': (caller) => {
      if (caller.door !== 'local')
        return err(wireError('LocalOnly', 'Only whoever owns the data folder gets this link.'));
      const url = host.sharing.url();
      if (url === null) return ok({ url: null });
      return ok({ url: `${url}/#token=${host.access.issueToken(caller.operatorId)}` });
    },
    'share.open': async (caller) => {
      const allowed = asAdministrator(host, caller);
      if (!allowed.ok) return allowed;
      const url = await host.sharing.open();
      host.hostChanged.emit();
      return ok({ url });
    },
    'share.close': async (caller) => {
      const allowed = asAdministrator(host, caller);
      if (!allowed.ok) return allowed;
      await host.sharing.close();
      host.hostChanged.emit();
      return ok({ done: true });
    },
    'yjs.send': () => err(wireError('DesktopOnly', 'A browser opens the document by its own address.')),
  };
}
