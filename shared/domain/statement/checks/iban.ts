/** Length of an IBAN by country (ISO 13616 registry), for the countries whose numbers are seen in statements. */
const LENGTHS: Readonly<Record<string, number>> = {
  AD: 24, AE: 23, AL: 28, AT: 20, BA: 20, BE: 16, BG: 22, BH: 22, BR: 29, CH: 21, CR: 22, CY: 28, CZ: 24, DE: 22,
  DK: 18, EE: 20, EG: 29, ES: 24, FI: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23, GL: 18, GR: 27, HR: 21, HU: 28,
  IE: 22, IL: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28, LI: 21, LT: 20, LU: 20, LV: 21, MC: 27, MD: 24,
  ME: 22, MK: 19, MT: 31, NL: 18, NO: 15, PK: 24, PL: 28, PT: 25, QA: 29, RO: 24, RS: 22, SA: 24, SE: 24, SI: 19,
  SK: 24, SM: 27, TN: 24, TR: 26, UA: 29, XK: 20,
}; // prettier-ignore

const START = /(?<![\p{L}\p{N}])([A-Za-z]{2})\d{2}/gu;

/** The places of bank account numbers whose check digits are right (ISO 7064 MOD 97-10). */
export function ibansIn(text: string): readonly { readonly from: number; readonly to: number }[] {
  return Array.from(text.matchAll(START)).flatMap((match) => {
    const length = LENGTHS[(match[1] ?? '').toUpperCase()];
    const to = length === undefined ? null : endOfIban(text, match.index, length);
    return to === null ? [] : [{ from: match.index, to }];
  });
}

/**
 * Where the account number that begins here ends: exactly `length` letters and digits, single spaces between them
 * passed over, with right check digits. Null when it is none. Allocates nothing, because anything may be pasted.
 */
function endOfIban(text: string, from: number, length: number): number | null {
  let head = 0; // country and check digits count last
  let remainder = 0;
  let read = 0;
  let at = from;
  for (let afterSpace = false; read < length; at++) {
    const value = valueOf(text.charCodeAt(at));
    if (value < 0 && (afterSpace || text.charCodeAt(at) !== 0x20)) return null;
    afterSpace = value < 0;
    if (afterSpace) continue;
    if (read < 4) head = head * (value > 9 ? 100 : 10) + value;
    else remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
    read++;
  }
  const whole = valueOf(text.charCodeAt(at)) < 0;
  return whole && (remainder * 1_000_000 + head) % 97 === 1 ? at : null;
}

/** 0-9, A-Z as 10-35 in either case, -1 for anything else. */
function valueOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x5a) return code - 0x41 + 10;
  return code >= 0x61 && code <= 0x7a ? code - 0x61 + 10 : -1;
}
