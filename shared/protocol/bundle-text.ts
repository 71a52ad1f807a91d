import type { BundleFault, BundleReport } from './verify-bundle.ts';
import { verifyFaultText, verifyText } from './verify-text.ts';

const OWN_FAULTS: Partial<Record<BundleFault, string>> = {
  NotABundle: 'the file does not begin as a bundle does',
  NotAFrame: 'the line is nothing that one host says to another',
  NoManifest: 'the signed manifest at the end is missing: the file was cut',
  ManifestDiffers: 'the manifest was signed over other lines than there are',
  NoGenesis: 'it does not begin with the event that founded the workspace which it names',
  ByStranger: 'it was signed by a key that is no host of the workspace',
  TextBroken: 'a batch of words is not what its host signed, or one before it is missing',
  RoomBroken: 'a room does not hold; see below',
};

/** What is wrong, as the rest of a sentence. */
export function bundleFaultText(fault: BundleFault): string {
  return OWN_FAULTS[fault] ?? verifyFaultText(fault as Parameters<typeof verifyFaultText>[0]);
}

/** The whole report as lines of text, for a terminal. */
export function bundleText(report: BundleReport): string {
  const { failure, rooms, texts, fingerprint } = report;
  const lines: string[] = [];
  if (failure) {
    const where = failure.line === null ? '' : ` at line ${String(failure.line)}`;
    lines.push(`FAILED${where}: ${bundleFaultText(failure.reason)}.`);
  } else lines.push(`OK: ${String(rooms.length)} rooms verified.`);
  if (fingerprint === null) return `${lines.join('\n')}\n`;
  lines.push(
    `Bundle of ${report.organisation ?? 'an unknown organisation'}, written by the host with key ${report.by?.slice(0, 16) ?? '-'}`,
    `Workspace fingerprint: ${fingerprint} (${report.trusted ? 'the one you trust' : 'not compared'})`,
    `Words: ${String(texts.batches)} signed batches of ${String(texts.documents)} documents`,
    '',
  );
  return `${lines.join('\n')}\n${rooms.map(verifyText).join('\n')}`;
}
