import type { VerifyFault, VerifyReport } from '../log/verify-room.ts';
import { refusalText } from './refusal-text.ts';

const FAULTS: { readonly [F in VerifyFault]: string } = {
  TooLarge: 'the file is larger than an export can be',
  NotUtf8: 'there are bytes that are not UTF-8',
  NoFinalNewline: 'the file does not end with a whole line: its end was cut or something was added',
  LineTooLong: 'the line is longer than an event can be',
  NotCanonicalJson: 'the line is not the canonical form of what it says: a byte was changed, added or cut',
  NotAnEvent: 'the line is not an event',
  OutOfPlace: 'a workspace event stands after the room began',
  NoGenesis: 'there is no genesis event',
  NoManifest: 'the signed manifest at the end is missing: lines were cut',
  BadManifestSignature: 'the manifest is not what its signer signed',
  DigestDiffers: 'the bytes before the manifest are not those it was signed over',
  ManifestDiffers: 'the manifest counts other events than there are',
  WrongLog: 'the event belongs to another log',
  BadSignature: "the event is not what its author's key signed",
  BodyChanged: 'the body is not the one that was signed',
  Repeated: 'the event is there twice',
  Gap: 'an earlier event of its author is missing',
  WrongPrevious: "it does not follow its author's previous event",
  UnknownParent: 'it names an event that is not here',
  TimeNotAboveParents: 'its time is not after what it had seen',
  UnknownWorkspaceEvent: 'it relies on a workspace event that is not here',
  GenesisVoid: 'the first event does not found a workspace',
  ManifestByStranger: 'the manifest was signed by a key that the workspace does not know',
  OtherWorkspace: 'this is another workspace than the one whose fingerprint you trust',
  ChainNotPlanned: 'the incident was declared with other steps of sign-off than its playbook had',
  DemoMarkDiffers: 'the room and its workspace do not agree about being a demo',
};

export function verifyFaultText(fault: VerifyFault): string {
  return FAULTS[fault];
}

/** What a passed verification has looked at. */
export const CHECKED: readonly string[] = [
  'every byte of the file, by canonical form and the signed digest',
  'every signature (Ed25519, strict) and every body against its hash',
  "each author's chain, without a gap or a repeat, every fork shown and void, and every time above what it had seen",
  'every right by the roster that the event relied on, revocations by their cut',
  'that what was published was cleared: the same bytes, every step, in turn, by different people',
];

/** What no such check can say, so that nobody takes it for more than it is. */
export function cannotClaim(report: VerifyReport): readonly string[] {
  const claims = [
    'that what people wrote is true, or that nothing was said outside the room',
    "that the clocks were right: times are the host's own, in an order that cannot be changed later",
    'that nothing was recorded after the last line: a later export may hold more',
  ];
  if (!report.trusted)
    claims.unshift('who the people are: names mean persons only against a fingerprint you have from them (--trust)');
  if (report.authors.some((author) => author.custody === 'host' && author.operatorId !== null))
    claims.push('that a person pressed the key themselves, where the host keeps it for them (custody "host")');
  return claims;
}

/** The whole report as lines of text, for a terminal. */
export function verifyText(report: VerifyReport): string {
  const lines: string[] = [];
  if (report.failure)
    lines.push(`FAILED at line ${String(report.failure.line)}: ${verifyFaultText(report.failure.reason)}.`);
  else lines.push(`OK: ${String(report.events)} events verified.`);
  if (report.room === null) return `${lines.join('\n')}\n`;
  if (report.demo) lines.push('DEMO: one person may have acted as everybody. This is not evidence of a real incident.');
  lines.push(
    `Room ${report.room}: ${report.title ?? 'without a title'} (${report.organisation ?? 'unknown organisation'})`,
  );
  lines.push(
    `Workspace fingerprint: ${report.fingerprint ?? '-'} (${report.trusted ? 'the one you trust' : 'not compared'})`,
  );
  lines.push(`Digest of the export: ${report.digest ?? '-'}`);
  if (report.exportedBy)
    lines.push(`Exported by the host "${report.exportedBy.name}", key ${report.exportedBy.key.slice(0, 16)}`);
  lines.push('Signed by:');
  for (const { name, roles, custody, events, key } of report.authors)
    lines.push(
      `  ${name}${roles.length > 0 ? ` (${roles.join(', ')})` : ''}: ${String(events)} events, key ${key.slice(0, 16)}, custody ${custody}`,
    );
  for (const { channelId, phase, hash, approvals, address, lateByMs } of report.publications) {
    const when =
      lateByMs === null
        ? ''
        : lateByMs > 0
          ? `, ${seconds(lateByMs)} late`
          : `, ${seconds(-lateByMs)} before the deadline`;
    lines.push(
      `Publication on ${channelId}: ${phase}${when}, text ${hash.slice(0, 16)}, approved by ${approvals.join(', ')}${address ? `, ${address}` : ''}`,
    );
  }
  for (const { line, type, reason } of report.voids)
    lines.push(`Void at line ${String(line)}: ${type}: ${voidText(reason)}`);
  lines.push('Checked:', ...CHECKED.map((one) => `  ${one}`));
  lines.push('Cannot be claimed:', ...cannotClaim(report).map((one) => `  ${one}`));
  return `${lines.join('\n')}\n`;
}

export function voidText(reason: VerifyReport['voids'][number]['reason']): string {
  if (reason.type === 'NotAnAdministrator') return 'whoever signed it might not change this of the workspace.';
  if (reason.type === 'UnknownEvent' && !('name' in reason))
    return 'an event of a kind that this program does not know.';
  return refusalText(reason as Parameters<typeof refusalText>[0], (id) => id);
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 1000))} s`;
}
