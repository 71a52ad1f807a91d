import { z } from 'zod';

export const Role = z.enum([
  'administrator',
  'incident-commander',
  'comms-lead',
  'writer',
  'social-lead',
  'legal',
  'spokesperson',
  'executive',
  'loggist',
  'analyst',
  'observer',
]);
export type Role = z.infer<typeof Role>;

/** What a person may be allowed to do. Approving is not here: that goes by the steps of a clearance chain. */
export type Act =
  | 'read'
  | 'edit-texts'
  | 'raise-alarm'
  | 'acknowledge-alarm'
  | 'declare'
  | 'stand-down'
  | 'submit'
  | 'publish'
  | 'keep-log'
  /** Say what is watched, how carefully, and which peaks are expected. */
  | 'watch'
  | 'administer';

const everyone = Role.options;
const exceptObserver = everyone.filter((role) => role !== 'observer');

/** Which role may do what: the table that the host, the fold and the verifier judge by. */
export const RIGHTS: { readonly [A in Act]: readonly Role[] } = {
  read: everyone,
  'edit-texts': exceptObserver.filter((role) => role !== 'analyst'),
  'raise-alarm': exceptObserver,
  'acknowledge-alarm': exceptObserver,
  declare: ['administrator', 'incident-commander', 'comms-lead', 'social-lead'],
  'stand-down': ['incident-commander', 'comms-lead'],
  submit: ['incident-commander', 'comms-lead', 'writer', 'social-lead'],
  publish: ['incident-commander', 'comms-lead', 'social-lead', 'spokesperson'],
  'keep-log': exceptObserver,
  watch: ['administrator', 'incident-commander', 'comms-lead', 'social-lead', 'analyst'],
  administer: ['administrator'],
};

export function mayDo(roles: readonly Role[], act: Act): boolean {
  return roles.some((role) => RIGHTS[act].includes(role));
}

/** As people read a role: "Incident commander". */
export function roleLabel(role: Role): string {
  const words = role.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
