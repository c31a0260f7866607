// Who is logged in, and the page settings that belong to that user.
import { navigate } from '../lib/router';
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
      loggedOut();
      void navigate(`/login?return=${encodeURIComponent(location.pathname + location.search)}`, true);
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

// Before the first administrator exists every address leads to the set-up page (ACC-02).
async function toDoor(): Promise<void> {
  if (location.pathname === '/setup') {
    return;
  }
  const { data } = await get<{ needed: boolean }>('/setup');
  if (data.needed) {
    await navigate('/setup', true);
  } else if (location.pathname !== '/login') {
    const back = location.pathname + location.search;
    await navigate(back === '/' ? '/login' : `/login?return=${encodeURIComponent(back)}`, true);
  }
}

export async function login(user: string, password: string): Promise<void> {
  const { data } = await post<{ csrf: string }>('/login', { user, password });
  setCsrf(data.csrf);
  loggedIn((await get<Me>('/me')).data);
}

export async function logout(): Promise<void> {
  try {
    await post('/logout');
  } finally {
    loggedOut();
    await navigate('/login');
  }
}

// Keeps a setting of the page for this user; null removes it.
export async function keep(name: string, value: unknown): Promise<void> {
  settings.set((old) => ({ ...old, [name]: value }));
  if (me.get()) {
    await patch('/me', { preferences: { [name]: value } });
  }
}
