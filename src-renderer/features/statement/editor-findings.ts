import type { Finding } from '../../../shared/domain/statement/finding.ts';
import type { EditorFinding } from './editor/finding-lint.ts';

const SEVERITIES = { blocking: 'error', warning: 'warning', info: 'info' } as const;

/** The findings of one text as its editor marks them; what is about the whole text stands at its end. */
export function inEditor(
  findings: readonly Finding[],
  channelId: string | null,
  text: string,
): readonly EditorFinding[] {
  return findings
    .filter((finding) => finding.channelId === channelId)
    .map(({ from, to, severity, message, fix }) => ({
      from: from ?? text.length,
      to: to ?? from ?? text.length,
      severity: SEVERITIES[severity],
      message,
      ...(fix && { fix: { name: fix.label, insert: fix.insert } }),
    }));
}

/** The change that settles the same finding as it stands now; undefined when it is settled or has gone. */
export function freshPlace(
  findings: readonly Finding[],
  wanted: Finding,
  end: number,
): { readonly from: number; readonly to: number; readonly insert: string } | undefined {
  const same = findings.filter(
    ({ check, channelId, message }) =>
      check === wanted.check && channelId === wanted.channelId && message === wanted.message,
  );
  const distance = (finding: Finding): number => Math.abs((finding.from ?? end) - (wanted.from ?? end));
  const [nearest] = same.sort((one, other) => distance(one) - distance(other));
  if (!nearest?.fix) return undefined;
  const from = nearest.from ?? end;
  return { from, to: nearest.to ?? from, insert: nearest.fix.insert };
}
