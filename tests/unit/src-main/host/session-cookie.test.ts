import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import {
  deviceCookie,
  readDeviceCookie,
  readSessionCookie,
  sessionCookie,
} from '../../../../src-main/host/session-cookie.ts';

function withCookie(cookie?: string): IncomingMessage {
  return { headers: cookie === undefined ? {} : { cookie } } as IncomingMessage;
}

test('each cookie is read under its own name and the port of its host', () => {
  const request = withCookie('other=1; firebreak_device_80=d; firebreak_session_80=s; firebreak_device_81=x');
  expect([readDeviceCookie(request, 80), readSessionCookie(request, 80)]).toEqual(['d', 's']);
  expect([readDeviceCookie(request, 81), readSessionCookie(request, 81)]).toEqual(['x', null]);
  for (const nothing of [withCookie(), withCookie(''), withCookie('firebreak_device_80='), withCookie('=; ;')])
    expect(readDeviceCookie(nothing, 80)).toBeNull();
});

test('on an encrypted connection both stay on encrypted ones', () => {
  const cookie = { port: 80, value: 'v', secure: true };
  expect(sessionCookie(cookie)).toMatch(/^firebreak_session_80=v; HttpOnly; SameSite=Strict; .*; Secure$/);
  expect(deviceCookie(cookie)).toMatch(/^firebreak_device_80=v; HttpOnly; SameSite=Strict; .*; Secure$/);
  expect(deviceCookie({ ...cookie, secure: false })).not.toContain('Secure');
});
