// Who is logged in, and the page settings that belong to that user.
import { navigate } from '../lib/router';
import { isWaitingForAnswer } from './activity';
import { createStore } from '../lib/store';
import { get, patch, post, setCsrf, whenUnauthenticated } from './http';
import { connect, disconnect } from './events';
import { Problem } from './problem';
import { forgetAll } from './resource';
import type { Me } from './types';

export const me = createStore<Me | undefined>(undefined);
export const settings = createStore<Record<string, unknown>>({});

function loggedIn(user: Me): void {
  setCsrf(user.csrf);
  settings.set((old) => ({ ...old, ...user.preferences }));
  me.set(user);
  connect();
}

function loggedOut(): void {
  disconnect();
  setCsrf('');
  forgetAll();
  me.set(undefined);
}

export async function resume(): Promise<void> {
  whenUnauthenticated(() => {
    if (me.get()) {
      // The server's clock may be faster than the question on the screen: the reason is the same.
      const ended = isWaitingForAnswer() ? 'ended=idle' : '';
      loggedOut();
      void toLogin(ended);
    }
  });
  try {
    loggedIn((await get<Me>('/me')).data);
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 401 && error.status !== 403)) {
      throw error;
    }
    await toDoor();
  }
}

// The login leads back to where one was.
function toLogin(more = ''): Promise<void> {
  const back = location.pathname + location.search;
  const query = [back === '/' ? '' : `return=${encodeURIComponent(back)}`, more].filter(Boolean).join('&');
  return navigate(query ? `/login?${query}` : '/login', true);
}

// Before the first administrator exists every address leads to the set-up page (ACC-02).
async function toDoor(): Promise<void> {
  if (location.pathname === '/setup' || location.pathname === '/reset') {
    return;
  }
  const { data } = await get<{ needed: boolean }>('/setup');
  if (data.needed) {
    await navigate('/setup', true);
  } else if (location.pathname !== '/login') {
    await toLogin();
  }
}

export interface Login {
  user: string;
  password: string;
  remember?: boolean;
  code?: string; // of the second factor, when the server asked for one
}

async function enter(path: string, body?: unknown): Promise<void> {
  const { data } = await post<{ csrf: string }>(path, body);
  setCsrf(data.csrf);
  loggedIn((await get<Me>('/me')).data);
}

export const login = (given: Login) => enter('/login', given);
export const loginWithTicket = () => enter('/login/kerberos');

// Reads anew what the user may do, and tells the server that somebody is there.
export async function stay(): Promise<void> {
  me.set((await get<Me>('/me', { foreground: true })).data);
}

export async function logout(): Promise<void> {
  try {
    await post('/logout');
  } finally {
    loggedOut();
    await navigate('/login');
  }
}

// Nobody was there for too long (ACC-43).
export async function leaveIdle(): Promise<void> {
  try {
    await post('/logout');
  } catch {
    // The server may have ended the session by itself: then the refusal led to the login already.
  }
  if (me.get()) {
    loggedOut();
    await toLogin('ended=idle');
  }
}

// Keeps a setting of the page for this user; null removes it.
export async function keep(name: string, value: unknown): Promise<void> {
  settings.set((old) => ({ ...old, [name]: value }));
  if (me.get()) {
    await patch('/me', { preferences: { [name]: value } });
  }
}
