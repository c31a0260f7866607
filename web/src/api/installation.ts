// An installation that this page knows of: it is followed through the restart of the server, whose
// silence is no error then (SYS-129). Afterwards the page is read anew: it may have changed too.
import { createStore } from '../lib/store';
import { get } from './http';
import { Problem } from './problem';
import type { FunctionEvent, FunctionList, Installation } from './functiontypes';

export interface Watched {
  functions: string[];
  state: string;
  text: string;
  away: boolean; // the server does not answer: it restarts
  waits: boolean; // for tasks, as the server says: it can be cancelled
}

export const watched = createStore<Watched | undefined>(undefined);

// What was begun, kept over the reload: the newest entry of the history before it, and the functions.
interface Begun {
  after: string;
  functions: string[];
}

const EVERY = 1500;
const BEGUN = 'platen.installation';
const away = [0, 502, 503, 504];

function remember(begun: Begun | undefined): void {
  try {
    if (begun) {
      sessionStorage.setItem(BEGUN, JSON.stringify(begun));
    } else {
      sessionStorage.removeItem(BEGUN);
    }
  } catch {
    // Without storage nobody hears how it ended before looking at the history.
  }
}

function remembered(): Begun | undefined {
  try {
    const text = sessionStorage.getItem(BEGUN);
    return text ? (JSON.parse(text) as Begun) : undefined;
  } catch {
    return undefined;
  }
}

export const hasBegun = () => remembered() !== undefined;

export const isUnderWay = (installation: Installation | null) => installation !== null && installation.state !== 'kept' && installation.state !== 'rolled-back';

async function history(): Promise<FunctionEvent[]> {
  const { data } = await get<{ items: FunctionEvent[] }>('/functions/history?size=200');
  return [...data.items].sort((a, b) => b.at.localeCompare(a.at));
}

// How what was begun here has ended, told once: the entries of the history since.
export async function outcome(): Promise<FunctionEvent[]> {
  const begun = remembered();
  if (!begun) {
    return [];
  }
  const final = ['installed', 'rolled-back', 'removed', 'cancelled'];
  const entries = (await history()).filter((entry) => entry.at > begun.after && final.includes(entry.event));
  remember(undefined);
  return entries;
}

let leaving = false;

// The page stays as it is until the new one is there: that one tells how it ended.
function leave(): void {
  leaving = true;
  location.reload();
}

async function look(onEnd: () => void): Promise<void> {
  try {
    const { installation } = (await get<FunctionList>('/functions')).data;
    if (!installation || !isUnderWay(installation)) {
      if (watched.get()?.away) {
        leave();
      } else {
        watched.set(undefined);
        onEnd();
      }
      return;
    }
    watched.set((old) => old && { ...old, functions: installation.functions, state: installation.state, text: installation.text, waits: installation.state === 'waiting' });
  } catch (error) {
    const status = error instanceof Problem ? error.status : -1;
    if (away.includes(status)) {
      watched.set((old) => old && { ...old, away: true, waits: false });
      return;
    }
    if (status === 401) {
      leave(); // to the login page, of the new version
    } else {
      watched.set(undefined);
    }
  }
}

// Follows an installation to its end. `onEnd` is called when it ended and nobody noticed a restart.
export function follow(functions: string[], state: string, onEnd: () => void): void {
  if (watched.get()) {
    return;
  }
  watched.set({ functions, state, text: '', away: false, waits: false });
  const next = () =>
    window.setTimeout(() => {
      void look(onEnd).then(() => {
        if (watched.get() && !leaving) {
          next();
        }
      });
    }, EVERY);
  next();
}

// Begins something that may end in a restart, and follows it.
export async function begin(functions: string[], start: () => Promise<unknown>, onEnd: () => void): Promise<void> {
  const [newest] = await history();
  await start();
  remember({ after: newest?.at ?? '', functions });
  follow(functions, 'waiting', onEnd);
}
