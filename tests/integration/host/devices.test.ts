import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ana, type Answer, ask, ben, startHost } from './start-host.ts';

type Host = Awaited<ReturnType<typeof startHost>>;

/** What a browser profile keeps of this host between visits. */
function browser(host: Host) {
  const jar = new Map<string, string>();
  const answers: Answer[] = [];
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');

  async function visit(method: string, body?: string): Promise<Answer> {
    const headers = { origin: host.url, ...(jar.size > 0 ? { cookie: cookie() } : {}) };
    const answer = await ask(host.port, { method, path: '/session', headers, ...(body === undefined ? {} : { body }) });
    answers.push(answer);
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      if (attributes.includes('Max-Age=0')) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  return {
    jar,
    answers,
    deviceCookie: () => jar.get(`firebreak_device_${host.port}`),
    /** As the host knows it now. */
    device: () => host.access.sessionOf(jar.get(`firebreak_session_${host.port}`) ?? '')?.deviceId,
    signIn: (token: string) => visit('POST', JSON.stringify({ token })),
    signOut: () => visit('DELETE'),
  };
}

test('the device cookie carries the port, cannot be read by the page and outlives the session', async () => {
  const host = await startHost();
  const page = browser(host);
  const answer = await page.signIn(host.access.issueToken(ana));
  expect(answer.headers['set-cookie']).toHaveLength(2);
  expect(answer.headers['set-cookie']?.[1]).toMatch(
    new RegExp(
      `^firebreak_device_${host.port}=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; Path=/; Max-Age=34560000$`,
    ),
  );
});

test('a browser that signs out and in with another link is the same device', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  const [device, kept] = [page.device(), page.deviceCookie()];
  expect(device).toMatch(/^browser:/);
  const out = await page.signOut();
  expect(out.headers['set-cookie']).toEqual([expect.stringMatching(/^firebreak_session_/)]);
  expect([page.device(), page.deviceCookie()]).toEqual([undefined, kept]);
  await page.signIn(host.access.issueToken(ben));
  expect([page.device(), page.deviceCookie()]).toEqual([device, kept]);
});

test('signing in again begins the device cookie anew, so that it does not end while it is in use', async () => {
  const host = await startHost();
  const page = browser(host);
  const token = host.access.issueToken(ana);
  await page.signIn(token);
  const first = page.answers[0]?.headers['set-cookie']?.[1];
  await page.signIn(token);
  expect(page.answers[1]?.headers['set-cookie']?.[1]).toBe(first);
});

test('two browsers are two devices, and a browser that lost its cookies is a third', async () => {
  const host = await startHost();
  const token = host.access.issueToken(ana);
  const [one, other] = [browser(host), browser(host)];
  await one.signIn(token);
  await other.signIn(token);
  const earlier = [one.device(), other.device()];
  other.jar.clear();
  await other.signIn(token);
  expect(new Set([...earlier, other.device()]).size).toBe(3);
});

test.each([
  ['too short', 'A'.repeat(42)],
  ['too long', 'A'.repeat(44)],
  ['of other characters', `${'A'.repeat(42)}*`],
  ['quoted', `"${'A'.repeat(43)}"`],
  ['an attempt at another header', `${'A'.repeat(43)}%0d%0aSet-Cookie: a=b`],
])('a device cookie that is %s is replaced and not sent back', async (_what, bad) => {
  const host = await startHost();
  const page = browser(host);
  page.jar.set(`firebreak_device_${host.port}`, bad);
  const answer = await page.signIn(host.access.issueToken(ana));
  expect(answer.status).toBe(200);
  expect(page.deviceCookie()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(page.deviceCookie()).not.toBe(bad);
  expect(JSON.stringify(answer.headers['set-cookie'])).not.toContain(bad);
  expect(page.device()).toMatch(/^browser:/);
});

test('no cookie is given to whoever does not come in', async () => {
  const host = await startHost();
  const page = browser(host);
  expect((await page.signIn('fb_wrong')).status).toBe(401);
  expect(page.jar.size).toBe(0);
  await page.signIn(host.access.issueToken(ana));
  expect((await page.signIn('fb_wrong')).headers['set-cookie']).toBeUndefined();
});

test('the device of another host on this machine is another one', async () => {
  const [host, other] = [await startHost(), await startHost()];
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  const there = browser(other);
  for (const [name, value] of page.jar) there.jar.set(name, value);
  await there.signIn(other.access.issueToken(ana));
  expect(there.device()).not.toBe(page.device());
  expect(there.deviceCookie()).not.toBe(page.deviceCookie());
});

test('the value of the device cookie is in no file, no line of the log and no answer’s body', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  const secret = page.deviceCookie() ?? '';
  expect(secret).toHaveLength(43);
  const api = host.openApi({ cookie: [...page.jar].map((pair) => pair.join('=')).join('; '), origin: host.url });
  expect(await api.outcome).toBe('open');
  api.send({ kind: 'invoke', id: 1, endpoint: 'echo', input: null });
  const answered = JSON.stringify(await api.next());
  await page.signOut();
  await page.signIn(host.access.issueToken(ben));
  await page.signIn('fb_wrong');

  const files = readdirSync(join(host.folder, 'keys')).map((name) =>
    readFileSync(join(host.folder, 'keys', name)).toString('latin1'),
  );
  const raw = Buffer.from(secret, 'base64url').toString('latin1');
  for (const text of [...files, host.logLines.join(''), answered, ...page.answers.map(({ body }) => body)]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(raw);
  }
});
