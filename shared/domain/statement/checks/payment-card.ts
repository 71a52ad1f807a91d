/** In one block, in fours, or as American Express groups them: four, six, five. */
const CANDIDATE =
  /(?<![\d.,+-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?!\d)/g;

/** How many digits the cards of a network have, by how their numbers begin (ISO/IEC 7812-1 and the networks' own rules). */
const NETWORKS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [16, 13, 19]],
  [/^(?:5[1-5]|2[2-7])/, [16]],
  [/^3[47]/, [15]],
  [/^3[068]/, [14]],
  [/^35/, [16]],
  [/^6/, [16, 17, 18, 19]],
];

/** The places of payment card numbers whose check digit is right, in one block or in the usual groups. */
export function paymentCardsIn(text: string): readonly { readonly from: number; readonly to: number }[] {
  return Array.from(text.matchAll(CANDIDATE)).flatMap((match) => {
    // A short last group may be the nineteenth digit or the month of expiry.
    const readings = [match[0], match[0].replace(/[ -]\d{1,3}$/, '')];
    const card = readings.find(isPaymentCard);
    return card === undefined ? [] : [{ from: match.index, to: match.index + card.length }];
  });
}

function isPaymentCard(candidate: string): boolean {
  const digits = candidate.replace(/\D/g, '');
  const lengths = NETWORKS.find(([begins]) => begins.test(digits))?.[1] ?? [];
  return lengths.includes(digits.length) && passesLuhn(digits);
}

/** The check digit (ISO/IEC 7812-1, annex B). */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits.charAt(digits.length - 1 - index));
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return new Set(digits).size > 1 && sum % 10 === 0;
}
