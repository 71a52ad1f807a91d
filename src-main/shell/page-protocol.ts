import { protocol } from 'electron';
import { APP_HOST, APP_SCHEME } from '../../shared/protocol/bridge.ts';

/** One answer to the page: bytes and the headers they go with. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Before `ready`: makes `app://firebreak` an origin like a secure site's, with storage of its own. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Answers with the page's files and with nothing else; what a path may name is decided where they are read. */
export function servePage(answer: (pathname: string) => Promise<PageAnswer>): void {
  protocol.handle(APP_SCHEME, async (request) => {
    const { host, pathname } = new URL(request.url);
    if (host !== APP_HOST || (request.method !== 'GET' && request.method !== 'HEAD')) {
      return new Response(null, { status: 404 });
    }
    const { status, headers, body } = await answer(pathname);
    return new Response(request.method === 'HEAD' ? null : Uint8Array.from(body), { status, headers });
  });
}
