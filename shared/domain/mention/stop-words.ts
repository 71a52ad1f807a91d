import {
  ara,
  ces,
  dan,
  deu,
  ell,
  eng,
  fin,
  fra,
  heb,
  hun,
  ind,
  ita,
  nld,
  nob,
  pol,
  por,
  ron,
  rus,
  spa,
  swe,
  tur,
  ukr,
  vie,
} from 'stopword';
import { fold } from './fold.ts';

/** Said everywhere, and so by the lists nowhere: what is left of contractions, and the net's own words. */
const EVERYWHERE = `amp rt via im ive id youre youve theyre theyve weve dont didnt doesnt cant couldnt wont wouldnt isnt
  wasnt arent thats whats lets theres one two get got just like will would could should much many also even still now
  new today es u ur na wanna gonna pls please com www http https`.split(/\s+/);

const listByLanguage: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    ar: ara,
    cs: ces,
    da: dan,
    de: deu,
    el: ell,
    en: eng,
    fi: fin,
    fr: fra,
    he: heb,
    hu: hun,
    id: ind,
    ms: ind,
    it: ita,
    nl: nld,
    no: nob,
    nb: nob,
    pl: pol,
    pt: por,
    ro: ron,
    ru: rus,
    es: spa,
    sv: swe,
    tr: tur,
    uk: ukr,
    vi: vie,
  }),
);

/** For a language nobody could tell, or one without a list: those most written in. */
const WIDELY_WRITTEN = ['en', 'es', 'de', 'fr', 'pt', 'it', 'nl'];

const sets = new Map<string | null, ReadonlySet<string>>();

/** Words that say nothing by themselves, folded. By the lists of the package stopword. */
export function stopWordsOf(language: string | null): ReadonlySet<string> {
  const known = language !== null && listByLanguage.has(language) ? language : null;
  const made = sets.get(known);
  if (made !== undefined) return made;
  const lists = (known === null ? WIDELY_WRITTEN : [known]).map((code) => listByLanguage.get(code) ?? []);
  // Apostrophes are left out of words, so "don't" is "dont" here.
  const words = lists.flat().map((word) => fold(word.replaceAll(/['’]/g, '')));
  const set: ReadonlySet<string> = new Set([...words, ...EVERYWHERE]);
  sets.set(known, set);
  return set;
}
