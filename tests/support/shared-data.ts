import { join } from 'node:path';

/** Real data that lies beside the repository on some machines and is never committed: tests that need it skip without it. */
export const SHARED_DATA = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');
