import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * Runs a script of this folder as a process of its own until it has written `isEnough` whole lines, kills it without a
 * word, and gives every whole line that it wrote by then.
 */
export function linesUntilKilled(
  script: string,
  args: readonly string[],
  isEnough: (lines: readonly string[]) => boolean,
): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    let begun = '';
    let errors = '';
    child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
    child.stdout.on('data', (piece: Buffer) => {
      const parts = `${begun}${piece.toString()}`.split('\n');
      begun = parts.pop() ?? '';
      lines.push(...parts);
      if (isEnough(lines)) child.kill('SIGKILL');
    });
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(lines);
      else reject(new Error(errors));
    });
  });
}
