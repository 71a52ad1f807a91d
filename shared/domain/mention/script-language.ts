/** Blocks of Unicode that one language is written with, of those that we can tell; Han is left to whoever knows more. */
const languageByBlock: readonly (readonly [from: number, to: number, language: string])[] = [
  [0x0370, 0x03ff, 'el'],
  [0x0530, 0x058f, 'hy'],
  [0x0590, 0x05ff, 'he'],
  [0x0980, 0x09ff, 'bn'],
  [0x0a00, 0x0a7f, 'pa'],
  [0x0a80, 0x0aff, 'gu'],
  [0x0b00, 0x0b7f, 'or'],
  [0x0b80, 0x0bff, 'ta'],
  [0x0c00, 0x0c7f, 'te'],
  [0x0c80, 0x0cff, 'kn'],
  [0x0d00, 0x0d7f, 'ml'],
  [0x0e00, 0x0e7f, 'th'],
  [0x0e80, 0x0eff, 'lo'],
  [0x10a0, 0x10ff, 'ka'],
  [0x3040, 0x30ff, 'ja'],
  [0xac00, 0xd7af, 'ko'],
];
const HAN = [0x4e00, 0x9fff] as const;

/** Fewer may be a name, or a formula. */
const LETTERS_NEEDED = 3;
/** A brand's Latin name is often half of a short post. */
const SHARE_NEEDED = 0.5;
/** Japanese between its Han; a Chinese text has a single の for show. */
const KANA_AMONG_HAN = 0.2;

/** The language of a text whose letters only one language has; null when they are others', or of several. */
export function languageOfScript(text: string): string | null {
  if (!/[\u0370-\ud7af]/.test(text)) return null;
  const times = new Map<string, number>();
  let han = 0;
  let letters = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (!isLetter(unit)) continue;
    letters += 1;
    if (unit >= HAN[0] && unit <= HAN[1]) han += 1;
    else if (unit >= 0x0370) {
      const language = languageByBlock.find(([from, to]) => unit >= from && unit <= to)?.[2];
      if (language !== undefined) times.set(language, (times.get(language) ?? 0) + 1);
    }
  }
  const kana = times.get('ja') ?? 0;
  if (kana > 0) times.set('ja', kana >= KANA_AMONG_HAN * (kana + han) ? kana + han : 0);
  for (const [language, count] of times) if (count >= LETTERS_NEEDED && count > SHARE_NEEDED * letters) return language;
  return null;
}

/** Near enough: ASCII's, and what is beyond it and neither punctuation, symbol nor half a sign. */
function isLetter(unit: number): boolean {
  if (unit < 0x80) return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90);
  return unit >= 0xc0 && !(unit >= 0x2000 && unit <= 0x303f) && !(unit >= 0xd7b0 && unit <= 0xf8ff) && unit < 0xfe00;
}
