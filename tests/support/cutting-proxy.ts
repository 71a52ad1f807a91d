import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

interface Line {
  readonly page: Socket;
  readonly host: Socket;
  /** Whose next bytes are the last ones, and only half of them. */
  cut: 'page' | 'host' | null;
}

/**
 * A bad line to a host on this machine: it breaks when it is told to, in the middle of a frame, or lets nobody through
 * any more. The host sees itself addressed under its own port.
 */
export async function startCuttingProxy(hostPort: number) {
  const lines = new Set<Line>();
  let isDown = false;
  const server = createServer((page) => {
    if (isDown) return void page.destroy();
    const line: Line = { page, host: connect(hostPort, '127.0.0.1'), cut: null };
    lines.add(line);
    for (const [side, from, to] of [
      ['page', page, line.host],
      ['host', line.host, page],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => undefined); // the close that follows ends the other side
      from.on('close', () => {
        lines.delete(line);
        to.destroy();
      });
      let isFirst = side === 'page';
      from.on('data', (bytes: Buffer) => {
        if (isFirst) {
          isFirst = false;
          return void to.write(bytes.toString('latin1').replace(`:${own()}\r\n`, `:${hostPort}\r\n`), 'latin1');
        }
        if (line.cut !== side) return void to.write(bytes);
        to.end(bytes.subarray(0, Math.floor(bytes.length / 2)));
        from.destroy();
      });
    }
  });
  const own = (): number => (server.address() as AddressInfo).port;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: own(),
    /** The cable is pulled, or put in again. */
    setDown(down: boolean): void {
      isDown = down;
      if (!down) return;
      for (const { page, host } of lines) {
        page.destroy();
        host.destroy();
      }
    },
    /** Of the open lines, the n-th: the next that this side sends arrives by half. */
    cut(n: number, side: 'page' | 'host'): void {
      const line = [...lines][n % Math.max(1, lines.size)];
      if (line !== undefined) line.cut = side;
    },
    async close(): Promise<void> {
      server.close();
      for (const { page, host } of lines) {
        page.destroy();
        host.destroy();
      }
      await once(server, 'close');
    },
  };
}
