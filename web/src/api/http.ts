// Requests to the REST API of the same host.
import { language } from '../lib/i18n';
import { lineSplitter } from '../lib/ndjson';
import { isBackground } from './activity';
import { Problem, problemOf } from './problem';

const base = '/api/v1';
let csrf = '';
let lastForeground = 0; // when the server last heard of somebody being there
let onUnauthenticated: () => void = () => undefined;

export function setCsrf(token: string): void {
  csrf = token;
}

export function whenUnauthenticated(action: () => void): void {
  onUnauthenticated = action;
}

export interface Answer<T> {
  data: T;
  etag: string | null;
}

export interface RequestOptions {
  signal?: AbortSignal;
  etag?: string | null;
  accept?: string;
  foreground?: boolean; // counts as activity, whoever caused it
  revalidate?: boolean; // the browser may keep the answer and ask whether it still holds
}

export function lastSeenByServer(): number {
  return lastForeground;
}

async function send(
  method: string,
  path: string,
  body: unknown,
  options: RequestOptions,
): Promise<Response> {
  const headers: Record<string, string> = { Accept: options.accept ?? 'application/json', 'Accept-Language': language.get() };
  const bytes = body instanceof Blob;
  if (body !== undefined) {
    headers['Content-Type'] = bytes ? 'application/octet-stream' : 'application/json';
  }
  if (isBackground() && !options.foreground) {
    headers['X-Platen-Background'] = '1';
  } else {
    lastForeground = Date.now();
  }
  if (method !== 'GET' && csrf) {
    headers['X-CSRF-Token'] = csrf;
  }
  if (options.etag) {
    headers['If-Match'] = options.etag;
  }
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: options.revalidate ? 'no-cache' : 'no-store' };
  if (body !== undefined) {
    init.body = bytes ? body : JSON.stringify(body);
  }
  if (options.signal) {
    init.signal = options.signal;
  }
  let answer: Response;
  try {
    answer = await fetch(base + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw error;
    }
    throw new Problem(0, 'offline', '');
  }
  if (!answer.ok) {
    if (answer.status === 401 && !path.startsWith('/login') && path !== '/me') {
      onUnauthenticated();
    }
    throw await problemOf(answer);
  }
  return answer;
}

async function json<T>(
  method: string,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const answer = await send(method, path, body, options);
  const text = await answer.text();
  return {
    data: (text ? JSON.parse(text) : undefined) as T,
    etag: answer.headers.get('ETag'),
  };
}

export const get = <T>(path: string, options?: RequestOptions) =>
  json<T>('GET', path, undefined, options);
export const post = <T>(path: string, body?: unknown) => json<T>('POST', path, body);
export const put = <T>(path: string, body: unknown, etag?: string | null) =>
  json<T>('PUT', path, body, { etag: etag ?? null });
// A piece of a file; who sends one is there.
export const putBytes = <T>(path: string, piece: Blob) => json<T>('PUT', path, piece, { foreground: true });
export const patch = <T>(path: string, body: unknown, etag?: string | null) =>
  json<T>('PATCH', path, body, { etag: etag ?? null });
export const remove = (path: string, etag?: string | null) =>
  json<void>('DELETE', path, undefined, { etag: etag ?? null });

// A file that the server makes.
export async function file(path: string, type: string): Promise<Blob> {
  return (await send('GET', path, undefined, { accept: type })).blob();
}

// Every match of a list, an object at a time, without holding all of them.
export async function stream<T>(
  path: string,
  onItem: (item: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  const options: RequestOptions = { accept: 'application/x-ndjson' };
  if (signal) {
    options.signal = signal;
  }
  const answer = await send('GET', path, undefined, options);
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  const splitter = lineSplitter((line) => onItem(JSON.parse(line) as T));
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) {
      break;
    }
    splitter.push(decoder.decode(piece.value, { stream: true }));
  }
  splitter.end();
}
