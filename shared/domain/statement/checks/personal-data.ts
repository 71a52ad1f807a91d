import { ibansIn } from './iban.ts';
import { type Note, noteAt } from './note.ts';
import { paymentCardsIn } from './payment-card.ts';
import { phoneNumbersIn } from './phone-number.ts';

// Every repetition is bounded and begins at a border: 100,000 characters of anything stay linear.
const EMAIL = /(?<![\p{L}\p{N}._%+-])([\p{L}\p{N}._%+-]{1,64})@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu;
/** UK National Insurance number (HMRC, NIM39110). */
const NATIONAL_INSURANCE =
  /\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/g;
/** US Social Security number, only as it is usually written: three, two, four. */
const SOCIAL_SECURITY = /(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g;

/** Mailboxes of a function, which statements are supposed to name. */
const SHARED_MAILBOX =
  /^(?:press|presse|media|news|newsroom|info|contact|kontakt|hello|help|support|service|customer\S*|care|privacy|dataprotection|data-protection|dpo|security|recall|crisis|team|office|enquiries|inquiries|questions)(?:[._+-]\S*)?$/i;

interface Place {
  readonly from: number;
  readonly to: number;
}

/**
 * What could identify or harm a person: e-mail addresses of people, bank accounts and payment cards (by their check
 * digits), social security numbers; telephone numbers as a warning, since a statement may have to name one.
 */
export function checkPersonalData(text: string): readonly Note[] {
  const taken: Place[] = [];
  const notes: Note[] = [];
  say(ibansIn(text), 'blocking', 'This is a bank account number. It must not go out in public.');
  say(paymentCardsIn(text), 'blocking', 'This is a payment card number. It must not go out in public.');
  say(
    placesOf(text, NATIONAL_INSURANCE),
    'blocking',
    'This looks like a national insurance number. It must not go out in public.',
  );
  say(
    placesOf(text, SOCIAL_SECURITY),
    'blocking',
    'This looks like a social security number. It must not go out in public.',
  );
  say(
    placesOf(text, EMAIL, (match) => !SHARED_MAILBOX.test(match[1] ?? '')),
    'blocking',
    "This is a person's e-mail address. Name a shared mailbox instead.",
  );
  say(phoneNumbersIn(text), 'warning', 'This is a telephone number. Keep it only if it is a public line.');
  return notes.sort((a, b) => (a.from ?? 0) - (b.from ?? 0));

  function say(places: readonly Place[], severity: Note['severity'], message: string): void {
    const fresh = withoutOverlaps(places, taken);
    for (const place of fresh) notes.push(noteAt(place, severity, message, { label: 'Remove it', insert: '' }));
    taken.push(...fresh);
    taken.sort((a, b) => a.from - b.from);
  }
}

function placesOf(
  text: string,
  pattern: RegExp,
  holds: (match: RegExpExecArray) => boolean = () => true,
): readonly Place[] {
  return Array.from(text.matchAll(pattern)).flatMap((match) =>
    holds(match) ? [{ from: match.index, to: match.index + match[0].length }] : [],
  );
}

/** Both lists are in order and without overlaps of their own, so one walk along both is enough. */
function withoutOverlaps(places: readonly Place[], taken: readonly Place[]): readonly Place[] {
  let next = 0;
  return places.filter((place) => {
    while ((taken[next]?.to ?? Infinity) <= place.from) next++;
    return (taken[next]?.from ?? Infinity) >= place.to;
  });
}
