import type { Severity } from '../../../shared/domain/incident/incident.ts';

/** Severity is never colour alone: a label, and what it means. */
export const SEVERITIES: readonly { readonly value: Severity; readonly label: string; readonly meaning: string }[] = [
  { value: 'sev1', label: 'SEV1', meaning: 'people hurt, or the organisation itself in question' },
  { value: 'sev2', label: 'SEV2', meaning: 'many people speak, the press will ask' },
  { value: 'sev3', label: 'SEV3', meaning: 'one story, one place, growing' },
  { value: 'sev4', label: 'SEV4', meaning: 'small, but worth a room' },
];

export function severityLabel(severity: Severity): string {
  return severity.toUpperCase();
}

export const STAGE_NAMES = {
  acknowledge: 'Acknowledge',
  triage: 'Triage',
  draft: 'Draft',
  check: 'Check',
  clear: 'Sign-off',
  publish: 'Publish',
  done: 'Done',
} as const;
