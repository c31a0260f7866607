// The address of a server as one line: "dc1.example.org", "dc1.example.org:636", "[2001:db8::5]:636".
export interface Server {
  address: string;
  port: number; // 0: the usual one
}

export function parseServer(line: string): Server | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/i.exec(line);
  const port = Number(found?.[2] ?? 0);
  return found && port < 65536 ? { address: (found[1] ?? '').replace(/^\[|\]$/g, ''), port } : undefined;
}

export function formatServer({ address, port }: Server): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return port ? `${host}:${port}` : host;
}
