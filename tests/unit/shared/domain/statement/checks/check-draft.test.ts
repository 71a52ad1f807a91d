import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../../../../../shared/base/ids.ts';
import { checkDraft } from '../../../../../../shared/domain/statement/checks/check-draft.ts';
import { Finding } from '../../../../../../shared/domain/statement/finding.ts';

const channels = [
  { channelId: 'website', name: 'Website', limit: null },
  { channelId: 'x', name: 'X', limit: 280 },
];

function check(master: string, variants: Record<string, string> = {}) {
  return checkDraft({ master, variants }, { channels });
}

function found(name: string, text: string) {
  return check(text).filter((finding) => finding.check === name);
}

/** The text after the fix of a finding. */
function fixed(text: string, finding: Finding | undefined): string {
  if (!finding?.fix) throw new Error('no fix');
  const from = finding.from ?? text.length;
  return text.slice(0, from) + finding.fix.insert + text.slice(finding.to ?? from);
}

test('[CHK1] every unfilled slot blocks, with its place in UTF-16', () => {
  const text = '🔥 On [date] at [place or [x]';
  const slots = found('unfilled-slot', text);
  expect(slots.map(({ from, to }) => text.slice(from ?? 0, to ?? 0))).toEqual(['[date]', '[x]']);
  expect(slots[0]).toMatchObject({
    severity: 'blocking',
    from: 6,
    to: 12,
    channelId: null,
    message: expect.stringContaining('"date" is not filled in') as string,
  });
  expect(check('Fine.', { x: 'On [date]' }).find((one) => one.check === 'unfilled-slot')).toMatchObject({
    channelId: 'x',
    from: 3,
  });
  const withTemplate = checkDraft(
    { master: 'On [date] in [town]', variants: {} },
    { channels: [], templateText: 'On [date]' },
  );
  expect(
    withTemplate.filter((one) => one.check === 'unfilled-slot').map((one) => one.message.includes('The template asks')),
  ).toEqual([true, false]);
});

test('[CHK2] a text over the limit of its channel blocks, with both counts', () => {
  const long = 'a'.repeat(281);
  const [own] = check('Short.', { x: long }).filter((one) => one.check === 'channel-length');
  expect(own).toMatchObject({
    severity: 'blocking',
    channelId: 'x',
    from: 280,
    to: 281,
    message: 'X takes 280 characters, this text has 281: 1 too many.',
  });
  const [master] = check(long).filter((one) => one.check === 'channel-length');
  expect(master).toMatchObject({
    channelId: 'x',
    from: null,
    message: expect.stringContaining('Write a shorter text for X.') as string,
  });
  expect(check(long, { x: 'Short.' }).filter((one) => one.check === 'channel-length')).toEqual([]);
  expect(check('a'.repeat(280)).filter((one) => one.check === 'channel-length')).toEqual([]);
});

test.each([
  ['We are SORRY TO HEAR this.', 'We are sorry to hear this.'],
  ['IMPORTANT: stop using it.', 'Important: stop using it.'],
  ['Stop. PLEASE STOP NOW! DO NOT EAT IT', 'Stop. Please stop now! Do not eat it'],
  ['this is TERRIBLE news', 'this is terrible news'],
  ['I AM SORRY. The NHS helps.', 'I am sorry. The NHS helps.'],
  ['ÄRGER ÜBERALL', 'Ärger überall'],
])('[CHK3] "%s" shouts, and the fix is sentence case', (text, calm) => {
  let now = text;
  for (let round = 0; round < 5; round++) {
    const [first] = found('shouting-capitals', now);
    if (!first) break;
    expect(first.severity).toBe('warning');
    now = fixed(now, first);
  }
  expect(now).toBe(calm);
});

test.each([
  'The NHS and the BBC reported it.',
  'UK NHS hospitals',
  'In the USA, FDA approval is pending.',
  'I asked BAFIN.',
  'Batch A12B34CD56, model XJ9000',
  'UNICEF helps.',
  'We are OK.',
])('[CHK3] "%s" does not shout', (text) => expect(found('shouting-capitals', text)).toEqual([]));

test.each([
  'The next update comes at 14:30.',
  'We will share more by 2 p.m. today.',
  'We will come back within the hour.',
  'Updates follow every 30 minutes.',
  'Expect an update by tomorrow.',
  'By 6pm we will give an update.',
  'The next update comes by [time of next update].',
])('[CHK4] "%s" says when the next update comes', (text) => expect(found('next-update', text)).toEqual([]));

test.each(['We are looking into it.', 'It began at 14:30.', 'We will update you.', 'The update is late. It is 14:30.'])(
  '[CHK4] "%s" does not, and the fix does',
  (text) => {
    const [missing] = found('next-update', text);
    expect(missing).toMatchObject({ severity: 'warning', from: null, to: null });
    const after = fixed(text, missing);
    expect(after).toBe(`${text}\n\nWe will give the next update by [time of next update].`);
    expect(found('next-update', after)).toEqual([]);
  },
);

test('[CHK4] a time in UTC that has passed is told, when the time is known', () => {
  const at = (time: string) => instant(Date.parse(`2026-03-02T${time}Z`));
  const passed = (now: string) =>
    checkDraft({ master: 'The next update comes at 14:30 UTC.', variants: {} }, { channels, now: at(now) }).filter(
      (one) => one.check === 'next-update',
    );
  expect(passed('14:29:00')).toEqual([]);
  expect(passed('14:30:00')).toEqual([]);
  expect(passed('14:31:00')).toMatchObject([{ message: expect.stringContaining('14:30 UTC, has passed') as string }]);
  expect(passed('23:00:00')).toEqual([]);
});

test('[CHK4] closing texts need no next update and no six parts', () => {
  const names = (kind: 'holding' | 'update' | 'closing') =>
    new Set(checkDraft({ master: 'It is over.', variants: {} }, { channels, kind }).map((one) => one.check));
  expect(names('holding')).toEqual(new Set(['six-parts', 'next-update']));
  expect(names('update')).toEqual(new Set(['next-update']));
  expect(names('closing')).toEqual(new Set());
});

test('[CHK5] a text without any of the six parts is told all six, and each fix settles its own', () => {
  const text = 'Something happened.';
  const missing = found('six-parts', text);
  expect(missing).toHaveLength(6);
  for (const finding of missing) {
    const after = found('six-parts', fixed(text, finding)).map((one) => one.message);
    expect(after).not.toContain(finding.message);
  }
});

test('[CHK5] a complete first message has nothing missing', () => {
  const text =
    'We are sorry for everyone who was hurt. What we can confirm: the roof of a bar came down at 22:25. ' +
    'We do not yet know why. We will answer questions here and give the next update at 23:30. ' +
    'We will stay with the people affected as long as they need us. You can find more on our website.';
  expect(check(text).filter((one) => one.check !== 'channel-length')).toEqual([]);
});

test('[CHK5] saying that something is not confirmed is no confirmed fact', () => {
  const about = (text: string) => found('six-parts', text).some((one) => one.message.includes('named as confirmed'));
  expect(about('This is not yet confirmed and unconfirmed.')).toBe(true);
  expect(about('We cannot confirm that.')).toBe(true);
  expect(about('We can confirm that.')).toBe(false);
});

test('[CHK5] a blank page is not nagged about', () => {
  expect(check('')).toEqual([]);
  expect(check(' \n')).toEqual([]);
});

test.each([
  ['jane.doe@example.org', 'blocking'],
  ['ängström.o@example.co.uk', 'blocking'],
  ['DE89 3704 0044 0532 0130 00', 'blocking'],
  ['GB82WEST12345698765432', 'blocking'],
  ['4111 1111 1111 1111', 'blocking'],
  ['5500-0055-5555-5559', 'blocking'],
  ['378282246310005', 'blocking'],
  ['6011 1111 1111 1117', 'blocking'],
  ['AB 12 34 56 C', 'blocking'],
  ['219-09-9999', 'blocking'],
  ['+49 30 1234567', 'warning'],
  ['+44 (0)20 7946 0958', 'warning'],
  ['020 7946 0958', 'warning'],
  ['0171/2345678', 'warning'],
  ['(212) 555-0199', 'warning'],
  ['212-555-0199', 'warning'],
])('[CHK6] %s is personal data', (value, severity) => {
  const text = `Please ask ${value}, thank you.`;
  const findings = found('personal-data', text);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ severity });
  expect(text.slice(findings[0]?.from ?? 0, findings[0]?.to ?? 0)).toBe(value);
  expect(fixed(text, findings[0])).toBe('Please ask , thank you.');
});

test.each([
  'at 14:30 on 02.03.2026, and at 09:00 - 17:30',
  'on 2026-03-02 14:30',
  'from 01/02/2026 to 03.02.2026 08:15',
  'It costs €1,250,000 or 1 250 000 euros or 0.99 - 1.49 - 2.50.',
  '1.250.000 bottles, 12345678 people, 2019-2026',
  'batch 4111 1111 1111 1112',
  'DE89 3704 0044 0532 0130 01 is wrong',
  'Call 0800 123 4567 or +49 800 1234567 or 1-800-555-0199.',
  'Write to press@example.org, media.team@example.com or recall@example.org.',
  'See https://example.org/statement/2026/03/02 and @nordlicht.',
  'Order XK12 3456, lot L20260302-0001, EN 301 549',
  'T0 1772442000000 and 20260302143000',
])('[CHK6] "%s" is none', (text) => expect(found('personal-data', text)).toEqual([]));

test('[CHK6] a card is found before its expiry date', () => {
  const text = 'card 4111 1111 1111 1111 12/28';
  expect(found('personal-data', text).map((one) => text.slice(one.from ?? 0, one.to ?? 0))).toEqual([
    '4111 1111 1111 1111',
  ]);
});

test('[CHK6] no place is told twice', () => {
  expect(found('personal-data', 'DE89370400440532013000 4111111111111111 +4915112345678')).toHaveLength(3);
});

test('[CHK7] what nobody can be sure to keep warns', () => {
  const text = 'This will never happen again, we guarantee it: the product is completely safe.';
  expect(found('over-promise', text).map((one) => text.slice(one.from ?? 0, one.to ?? 0))).toEqual(
    ['never happen', 'guarantee', 'completely safe'].map((words) =>
      words === 'never happen' ? 'will never happen' : words,
    ),
  );
  expect(found('over-promise', 'It must happen never again.')).toMatchObject([{ severity: 'warning' }]);
  expect(found('over-promise', 'We cannot guarantee that, but we will pay by Friday.')).toEqual([]);
});

test('[CHK8] asking for private details in public warns', () => {
  expect(
    found('asks-for-personal-data', 'Please send us your customer number or post your phone number here.'),
  ).toHaveLength(2);
  expect(found('asks-for-personal-data', 'Use the form on our website.')).toEqual([]);
});

test.each([
  ['one letter', 'a'],
  ['capitals', 'SHOUTING '],
  ['digits', '1'],
  ['spaced digits', '1 '],
  ['card digits', '4 '],
  ['zeroes', '0 '],
  ['brackets', '['],
  ['slots', '[a]'],
  ['open slots', '[time '],
  ['at signs', 'a@'],
  ['dotted', 'a.b-c_'],
  ['bank accounts', 'DE89 '],
  ['updates', 'update '],
  ['within', 'within the next '],
  ['spaces', ' '],
  ['line ends', '\n'],
  ['plus', '+'],
  ['not', 'not yet cannot '],
  ['send', 'send us your bank '],
  ['phones', '+49 30 1234567 '],
  ['mails', 'jane@example.org '],
])('[CHK9] sixteen times as much of %s takes about sixteen times as long, not its square', (_name, unit) => {
  // 256 times would be the square; below a millisecond the processor time is too coarse to compare.
  expect(costOf(unit, 100_000)).toBeLessThan(80 * Math.max(costOf(unit, 6_250), 1));
});

/** Milliseconds of this thread, the best of a few: the first run compiles the patterns, and others share the machine. */
function costOf(unit: string, length: number): number {
  const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  const costs = Array.from({ length: 5 }, () => {
    const began = process.threadCpuUsage();
    check(text);
    const { user, system } = process.threadCpuUsage(began);
    return (user + system) / 1000;
  });
  return Math.min(...costs);
}

test('[CHK10] at most 200 findings, the most severe ones', () => {
  const findings = check('[slot] SHOUTING. '.repeat(300));
  expect(findings).toHaveLength(200);
  expect(new Set(findings.map((one) => one.severity))).toEqual(new Set(['blocking']));
  const few = check('SHOUTING. '.repeat(300) + '[slot] '.repeat(50));
  expect(few.filter((one) => one.severity === 'blocking')).toHaveLength(51); // and one for the length on X
});

test('[CHK10] every finding is one that a revision can carry, with places inside the text', () => {
  const words = [
    '[slot]',
    'SHOUTING',
    'jane@example.org',
    '4111 1111 1111 1111',
    '+49 30 1234567',
    'never again',
    '🔥',
    '\n',
    ' ',
    '14:30',
    'update',
    '\u202e',
    'é',
    '[',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 30 }),
      (parts) => {
        const text = parts.join(' ');
        for (const finding of check(text, { x: text })) {
          Finding.parse(finding);
          if (finding.from !== null && finding.to !== null) {
            expect(finding.from).toBeLessThanOrEqual(finding.to);
            expect(finding.to).toBeLessThanOrEqual(text.length);
          }
        }
      },
    ),
  );
});
