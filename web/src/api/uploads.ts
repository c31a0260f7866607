// Packages on their way to the server, a piece at a time, so that what was sent stays when the line
// breaks or the page is read anew. They go on while other pages are open.
import { formatOffset, PIECE, resumable, waitBefore } from '../lib/upload';
import { createStore } from '../lib/store';
import { get, post, putBytes } from './http';
import { Problem } from './problem';
import type { Upload } from './functiontypes';

export interface Sending {
  key: string; // stays while the server has not given an id
  id: string | null;
  name: string;
  size: number;
  sent: number;
  waiting: boolean; // for the line to come back
}

export const sending = createStore<Sending[]>([]);

const HASHED = 256 * 1024 * 1024; // larger files are not held in memory for their digest

function note(key: string, change: Partial<Sending>): void {
  sending.set((old) => old.map((one) => (one.key === key ? { ...one, ...change } : one)));
}

async function digest(file: File): Promise<string | undefined> {
  // Not there on pages that came without TLS.
  if (!globalThis.crypto?.subtle || file.size > HASHED) {
    return undefined;
  }
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Waits before another try, or throws what no other try will change.
async function pause(key: string, error: unknown, tries: number): Promise<void> {
  const wait = error instanceof Problem ? waitBefore(tries, error.status) : undefined;
  if (wait === undefined) {
    throw error;
  }
  note(key, { waiting: wait > 0 });
  await new Promise((resolve) => window.setTimeout(resolve, wait));
}

// The upload that a file goes on with, or a new one.
async function begin(file: File): Promise<Upload> {
  const sha256 = await digest(file);
  const known = await get<{ items: Upload[] }>('/functions/uploads');
  const old = resumable(known.data.items, { name: file.name, size: file.size, sha256 });
  return old ?? (await post<Upload>('/functions/uploads', { file_name: file.name, size: file.size, ...(sha256 ? { sha256 } : {}) })).data;
}

// How far the server is, asked until it answers.
async function received(id: string, key: string): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await get<Upload>(`/functions/uploads/${id}`)).data.received;
    } catch (error) {
      await pause(key, error, tries);
    }
  }
}

async function pieces(file: File, id: string, key: string, from: number): Promise<void> {
  let sent = from;
  let tries = 0;
  while (sent < file.size) {
    try {
      const { data } = await putBytes<{ received: number }>(formatOffset(id, sent), file.slice(sent, sent + PIECE));
      sent = data.received;
      tries = 0;
    } catch (error) {
      tries += 1;
      await pause(key, error, tries);
      sent = await received(id, key);
    }
    note(key, { sent, waiting: false });
  }
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

export async function send(file: File): Promise<void> {
  const key = `${file.name}:${file.size}:${file.lastModified}`;
  if (sending.get().some((one) => one.key === key)) {
    return;
  }
  if (sending.get().length === 0) {
    addEventListener('beforeunload', warn);
  }
  sending.set((old) => [...old, { key, id: null, name: file.name, size: file.size, sent: 0, waiting: false }]);
  try {
    const upload = await begin(file);
    note(key, { id: upload.id, sent: upload.received });
    await pieces(file, upload.id, key, upload.received);
  } catch (error) {
    // Whoever deletes an upload stops it.
    if (!(error instanceof Problem && error.status === 404)) {
      throw error;
    }
  } finally {
    sending.set((old) => old.filter((one) => one.key !== key));
    if (sending.get().length === 0) {
      removeEventListener('beforeunload', warn);
    }
  }
}
