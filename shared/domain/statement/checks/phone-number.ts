/** Runs of digits with what people put between them; no colon, so a time of day ends one. */
const CANDIDATE = /(?<![\p{L}\p{N}.,+])(?:\+|\(\+?)?\d[\d ()/.-]{5,22}\d(?![\p{L}\p{N}])/gu;

const DATE = /^(?:\d{1,2}[./ -]\d{1,2}[./ -](?:19|20)\d{2}|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2})(?!\d)/;
const AMOUNT = /^\d{1,3}(?:[. ]\d{3})+(?:[.,]\d{1,2})?$|^\d{1,3}\.\d{1,2}(?!\d)/;
const NORTH_AMERICAN = /^(?:1[-. ])?\(?[2-9]\d{2}\)?[-. ]{1,2}\d{3}[-. ]\d{4}$/;
/** Numbers that cost the caller nothing: nobody's own, and what a public hotline has. */
const FREE_OF_CHARGE = /^(?:0800|0808|00800|\+800|\+\d{1,3}0?80[08]|\+?1?8(?:00|33|44|55|66|77|88))/;

/**
 * The places of telephone numbers in a text, in international form, with the national leading zero, or as North America
 * writes them. Dates, times, amounts and plain long numbers are none; numbers free of charge are left out.
 */
export function phoneNumbersIn(text: string): readonly { readonly from: number; readonly to: number }[] {
  return Array.from(text.matchAll(CANDIDATE)).flatMap((match) => {
    const from = match.index;
    return isPhoneNumber(match[0]) ? [{ from, to: from + match[0].length }] : [];
  });
}

function isPhoneNumber(candidate: string): boolean {
  if (DATE.test(candidate) || AMOUNT.test(candidate) || / {2}|-{2}|\.{2}/.test(candidate)) return false;
  const digits = candidate.replace(/\D/g, '');
  if (digits.length < 8 || digits.length > 15) return false;
  const international = /^\(?\+/.test(candidate);
  if (!international && !digits.startsWith('0') && !NORTH_AMERICAN.test(candidate)) return false;
  if (digits.startsWith('000')) return false;
  return !FREE_OF_CHARGE.test((international ? '+' : '') + digits);
}
