/** The disk did not take a write. Nothing of it is kept, all that was acknowledged is, and a later write may work. */
export interface StorageFailed {
  readonly type: 'StorageFailed';
  readonly cause: 'disk-full' | 'disk-error' | 'read-only';
  /** SQLite's or the system's own name for it, for the log. */
  readonly code: string;
}

/** What an error thrown by a store means for the disk; null if it is something else, that is, a bug. */
export function asStorageFailure(error: unknown): StorageFailed | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const cause = causeOf(code);
  return cause === null ? null : { type: 'StorageFailed', cause, code };
}

function causeOf(code: string): StorageFailed['cause'] | null {
  // What SQLite shares between connections is a file of 32 kB beside the database: without room for it none can be opened.
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return 'disk-full';
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk-full';
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO') return 'disk-error';
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return 'read-only';
  return null;
}
