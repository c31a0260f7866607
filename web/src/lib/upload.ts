// How a file goes to the server in pieces: which upload it belongs to, and when to try again.
export const PIECE = 4 * 1024 * 1024;
const TRIES = 10;
const LONGEST = 15000;

export const formatOffset = (id: string, offset: number) => `/functions/uploads/${encodeURIComponent(id)}?offset=${offset}`;

interface Known {
  file_name: string;
  size: number;
  sha256?: string | null;
  state: string;
  received: number;
}

// The same name and size, and not another digest: what was received of it need not be sent again.
export function resumable<T extends Known>(uploads: T[], file: { name: string; size: number; sha256: string | undefined }): T | undefined {
  return uploads.find((one) => one.state === 'uploading' && one.file_name === file.name && one.size === file.size && (!one.sha256 || !file.sha256 || one.sha256 === file.sha256));
}

// Milliseconds before the next try after an HTTP status (0: no answer at all); undefined when another
// try says nothing new. A piece that does not
// begin where the server stands (409) is no failure: it says where it stands.
export function waitBefore(tries: number, status: number): number | undefined {
  if (tries > TRIES) {
    return undefined;
  }
  if (status === 409) {
    return tries > 3 ? undefined : 0;
  }
  const passing = status === 0 || status === 429 || status >= 500;
  return passing ? Math.min(LONGEST, 500 * 2 ** tries) : undefined;
}
