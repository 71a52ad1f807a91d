import { fork } from 'node:child_process';
import { join } from 'node:path';
import { EPOCH_FRAMES } from './journal.ts';
import { FuzzReport, type FuzzOrder, type ProtocolName } from './report.ts';

/**
 * Runs a protocol's fuzz in a process of its own and returns what came of it. A hang, an uncaught exception and an
 * unhandled rejection end that process, and are told with the seed and the frame.
 */
export function superviseFuzz(order: FuzzOrder): Promise<FuzzReport> {
  const child = fork(join(import.meta.dirname, 'child.ts'), [JSON.stringify(order)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)));
  return new Promise((resolve) => {
    let report: FuzzReport | null = null;
    child.once('message', (message) => {
      report = FuzzReport.parse(message);
      child.kill();
    });
    child.once('close', (code, signal) => {
      const problem = `The process ended with ${code ?? signal}.\n${said}`;
      resolve(report ?? { problem, seconds: 0, memory: { before: 0, after: 0 }, slowest: [], counts: [] });
    });
  });
}

/** The command that brings the failure back. */
export function againWith(protocol: ProtocolName, problem: string): string {
  const seed = /seed (\d+)/.exec(problem)?.[1];
  return seed === undefined ? '' : `npm run fuzz -- --protocol ${protocol} --seed ${seed} --frames ${EPOCH_FRAMES}`;
}
