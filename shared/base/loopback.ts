/** Whether a host name, as `URL.hostname` has it, leads to this very machine, whatever any name service says. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
