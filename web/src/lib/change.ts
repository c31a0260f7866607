// An effect for changes only. Effects run after the first paint: one that resets something there
// would undo what a quick hand, or a password manager, has entered by then.
import { useEffect, useRef } from 'preact/hooks';

export function useChange(effect: () => void, inputs: unknown[]): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    effect();
  }, inputs);
}
