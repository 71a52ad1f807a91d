import { type Note, noteAt } from './note.ts';

const ASKS =
  /\b(?:send|give|tell|post|share|comment|reply with|message|e-?mail)(?: (?:us|me|it|here|below|with|to us)){0,2} your (?:full |exact |home |bank |credit |card |customer |order |phone |e-?mail |insurance |passport ){0,2}(?:names?|address|number|details|account|password|pin|iban|date of birth|birthday|passport|data)\b/gi;

/** A public text that asks people for private details: many would answer where everybody can read it. */
export function checkAsksForPersonalData(text: string): readonly Note[] {
  return Array.from(text.matchAll(ASKS), (match) =>
    noteAt(
      { from: match.index, to: match.index + match[0].length },
      'warning',
      'This asks people for personal details in public. Point to a private way instead: a form, a number to call.',
    ),
  );
}
