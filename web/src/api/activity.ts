// When the person at the page last did something. Requests that nobody caused are sent as such, so
// that a page left open does not keep its session alive (ACC-42); other tabs of the same browser
// count as the same person.
const RECENT = 10000; // ms in which a request may still belong to the last key or click
const SHARED = 'platen.active';
const TELL_EVERY = 5000;

let last = Date.now();
let told = 0;
let deaf = false;

export function lastActive(): number {
  return last;
}

export function isBackground(): boolean {
  return Date.now() - last > RECENT;
}

export function noteActivity(): void {
  last = Date.now();
  if (last - told > TELL_EVERY) {
    told = last;
    try {
      localStorage.setItem(SHARED, String(last));
    } catch {
      // Without storage each tab counts alone.
    }
  }
}

// While the question whether somebody is there stands on the screen, only its answer counts.
export function waitForAnswer(on: boolean): void {
  deaf = on;
}

export function isWaitingForAnswer(): boolean {
  return deaf;
}

export function startActivity(): void {
  const onInput = () => {
    if (!deaf) {
      noteActivity();
    }
  };
  for (const name of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove']) {
    addEventListener(name, onInput, { passive: true, capture: true });
  }
  addEventListener('storage', (event) => {
    const moment = event.key === SHARED ? Number(event.newValue) : 0;
    if (moment > last && moment <= Date.now()) {
      last = moment;
    }
  });
}
