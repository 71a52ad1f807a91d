/** The lists of stopword 3.1.5 that we use; the package has no types of its own. */
declare module 'stopword' {
  type StopWords = readonly string[];
  export const ara: StopWords, ces: StopWords, dan: StopWords, deu: StopWords, ell: StopWords, eng: StopWords;
  export const fin: StopWords, fra: StopWords, heb: StopWords, hun: StopWords, ind: StopWords, ita: StopWords;
  export const nld: StopWords, nob: StopWords, pol: StopWords, por: StopWords, ron: StopWords, rus: StopWords;
  export const spa: StopWords, swe: StopWords, tur: StopWords, ukr: StopWords, vie: StopWords;
}
