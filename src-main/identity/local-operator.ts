import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorId } from '../../shared/base/ids.ts';

/** Who the person at this machine's own window is. Kept with the keys, mode 600. */
export interface LocalOperator {
  /** Null where nobody was ever named; `unreadable` where the file holds no operator's id. */
  read(): OperatorId | 'unreadable' | null;
  write(operatorId: OperatorId): void;
  forget(): void;
}

export function createLocalOperator(keysDir: string): LocalOperator {
  const file = join(keysDir, 'local-operator');
  return {
    read() {
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw cause;
      }
      const operatorId = OperatorId.safeParse(text.trim());
      return operatorId.success ? operatorId.data : 'unreadable';
    },
    write(operatorId) {
      mkdirSync(keysDir, { recursive: true, mode: 0o700 });
      const partial = `${file}.partial`;
      const descriptor = openSync(partial, 'w', 0o600);
      try {
        writeSync(descriptor, `${operatorId}\n`);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(partial, file);
    },
    forget: () => rmSync(file, { force: true }),
  };
}
