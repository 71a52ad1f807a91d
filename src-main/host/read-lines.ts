import type { Socket } from 'node:net';

/**
 * Calls `onLine` with each line that arrives, without its end. A line longer than `mostBytes` ends the socket.
 * The pieces of a line are joined once, when it is whole: a reply may be an export of 50 MB in a thousand pieces.
 */
export function readLines(socket: Socket, mostBytes: number, onLine: (line: string) => void): void {
  let pieces: Buffer[] = [];
  let size = 0;

  socket.on('data', (data: Buffer) => {
    let rest = data;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      pieces.push(rest.subarray(0, end));
      const line = Buffer.concat(pieces);
      pieces = [];
      size = 0;
      rest = rest.subarray(end + 1);
      if (line.length > mostBytes) return void socket.destroy();
      onLine(line.toString('utf8'));
    }
    pieces.push(rest);
    size += rest.length;
    if (size > mostBytes) socket.destroy();
  });
}
