import type { Logger } from 'pino';

/** The part of the logger that the host uses. Addresses are logged without their query: that is where tokens are. */
export type HostLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
