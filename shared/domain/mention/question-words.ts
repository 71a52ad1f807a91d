/** Beginnings of a text that only questions have, by language. Each is followed by a word's end. */
const beginnings = [
  // English: an auxiliary before its subject, a question word before an auxiliary, and "anyone know".
  String.raw`(?:does|did|is|are|was|were|can|could|will|would|should|has)(?:n['’]?t)? (?:any(?:one|body|thing)|some(?:one|body)|you|they|it|this|that|these|those|there|he|she|u|ya)`,
  String.raw`(?:do|have|had)(?:n['’]?t)? (?:any(?:one|body)|you|they|u|ya)`,
  String.raw`(?:who|where|when|why|how) (?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|many people|long until|come)`,
  String.raw`what (?:is|are|do|does|did|can|could|will|would|should|has|have|happened|time|kind of|the (?:hell|heck|fuck))`,
  String.raw`(?:who|what|where|why|how)['’]s (?:going|happening|wrong|up with|the|this|that|it|everyone)`,
  String.raw`any(?:one|body) (?:else|know|knows|have|has|got|heard|seen|there|able)`,
  String.raw`any (?:idea|ideas|news|update|updates|word) (?:on|about|if|what|why|when|where|how|who|from)`,
  String.raw`i? ?wonder(?:ing)? (?:if|whether|why|what|how|when|who|where)`,
  // German
  String.raw`(?:wer|was|wann|wo|warum|wieso|weshalb|wie) (?:ist|sind|hat|haben|war|kann|können|wird|werden|soll|macht|geht|kommt|passiert|lange|viele)`,
  String.raw`(?:weiß|weiss|hat|kennt|kann) (?:jemand|wer|einer|mir|man)`,
  // French
  String.raw`est[- ]ce (?:que|qu['’])`,
  String.raw`(?:pourquoi|comment|quand|combien|qui) (?:est|sont|a|ont|va|vont|peut|faire|on|vous)`,
  String.raw`(?:quelqu['’]un|qqn) (?:sait|a|peut|connaît)`,
  // Spanish, Portuguese, Italian
  String.raw`(?:por qué|qué|cómo|cuándo|dónde|quién|quiénes|cuántos|cuántas|cuál)`,
  String.raw`algui?en (?:sabe|tiene|puede|ha)|alguém (?:sabe|tem|pode|já)|qualcuno (?:sa|ha|può|conosce)`,
  String.raw`(?:por que|como|quando|onde|quem|qual) (?:é|está|estão|vai|vão|foi|posso|pode)`,
  String.raw`(?:perché|come|quando|dove|chi|quale) (?:è|sono|ha|hanno|posso|può|si fa)`,
  // Dutch, Swedish, Polish
  String.raw`(?:weet|heeft|kan|kent) iemand|(?:waarom|wanneer|wie|hoe|waar) (?:is|zijn|heeft|kan|gaat|wordt|moet)`,
  String.raw`(?:vet|har|kan) någon|(?:varför|när|vem|hur|var) (?:är|har|kan|ska|kommer)`,
  String.raw`czy (?:ktoś|wiecie|to|są|jest|będzie)`,
];

/** Ends of a text that make it a question where the mark is left out: Japanese, Chinese, Korean, Turkish. */
const ends = String.raw`(?:(?:です|ます|ました|でしょう|の)か|[吗呢嗎]|(?:나요|까요|습니까)|(?:var|yok|[ıiuü]yor) m[ıiuü])[。!！\s]*$`;

/** For texts without addresses, with `they` in place of account names. */
export const CONVERSATIONAL = new RegExp(
  String.raw`^[^\p{L}]{0,20}(?:${beginnings.join('|')})(?![\p{L}])|${ends}`,
  'iu',
);
