import { afterEach, expect, test, vi } from 'vitest';
import { isSignedIn, readAccessLink, signIn, tokenOf } from '../../../../src-renderer/state/access-link.ts';

const ORIGIN = 'http://127.0.0.1:7420';
const TOKEN = 'abcdefghijklmnopqrstuvwxyz012345';

afterEach(() => vi.unstubAllGlobals());

function hostAnswers(answer: () => Response | Promise<Response>) {
  const asked = vi.fn<(path: string, init?: RequestInit) => Promise<Response>>(async () => answer());
  vi.stubGlobal('fetch', asked);
  return asked;
}

test('a pasted link of this host, or the token alone, is a token', () => {
  for (const pasted of [TOKEN, ` ${TOKEN}\n`, `${ORIGIN}/#token=${TOKEN}`])
    expect(readAccessLink(pasted, ORIGIN)).toEqual({ kind: 'token', token: TOKEN });
});

test('a link of another host is not opened here, and its token is not sent here', () => {
  const url = `https://room.example.org/#token=${TOKEN}`;
  expect(readAccessLink(url, ORIGIN)).toEqual({ kind: 'other-host', url });
  expect(readAccessLink(`http://localhost:7420/#token=${TOKEN}`, ORIGIN).kind).toBe('other-host');
});

test('anything else is unreadable: prose, a link without a token, a link that is a program', () => {
  for (const pasted of ['', 'hello there', `${ORIGIN}/`, `${ORIGIN}/#token=`, `javascript:alert(1)#token=${TOKEN}`])
    expect(readAccessLink(pasted, ORIGIN).kind, pasted).toBe('unreadable');
  expect([tokenOf(''), tokenOf('#/watch'), tokenOf(`#token=${TOKEN}`)]).toEqual([null, null, TOKEN]);
});

test('the token travels in the body, never in an address', async () => {
  const asked = hostAnswers(() => new Response(null, { status: 204 }));
  expect(await signIn(TOKEN)).toEqual({ ok: true, value: true });
  const [path, init] = asked.mock.calls[0] ?? [];
  expect(path).toBe('/session');
  expect(init).toMatchObject({ method: 'POST', body: JSON.stringify({ token: TOKEN }) });
});

test('a refusal is a sentence: the one of the host, else our own', async () => {
  hostAnswers(() => Response.json({ message: 'This link was used already.' }, { status: 403 }));
  expect(await signIn(TOKEN)).toEqual({ ok: false, error: 'This link was used already.' });
  hostAnswers(() => new Response('<html>', { status: 502 }));
  expect(await signIn(TOKEN)).toMatchObject({ ok: false, error: expect.stringContaining('did not accept') as string });
  hostAnswers(() => Promise.reject(new TypeError('fetch failed')));
  expect(await signIn(TOKEN)).toMatchObject({ ok: false, error: expect.stringContaining('reached') as string });
});

test('only a host that says no has signed anybody out', async () => {
  hostAnswers(() => Response.json({ signedIn: false }));
  expect(await isSignedIn()).toBe(false);
  hostAnswers(() => Response.json({ signedIn: true }));
  expect(await isSignedIn()).toBe(true);
  hostAnswers(() => Promise.reject(new TypeError('fetch failed')));
  expect(await isSignedIn()).toBe(true);
});
