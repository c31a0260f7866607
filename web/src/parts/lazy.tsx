// Pages that are loaded when they are first asked for, so that the first load stays small.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failed, Waiting } from './message';

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [error, setError] = useState<unknown>();
    const [, redraw] = useState(loaded !== undefined);
    useEffect(() => {
      if (loaded) {
        return;
      }
      load().then((page) => {
        loaded = page;
        redraw(true);
        // The focus goes to the heading, as on a page that was there at once.
        window.setTimeout(() => {
          if (document.activeElement === document.body) {
            document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
          }
        }, 0);
      }, setError);
    }, []);
    if (loaded) {
      const Page = loaded;
      return <Page {...props} />;
    }
    // A page that is gone came with a server that is gone: the new one's first page knows the way.
    return error === undefined ? <Waiting /> : <Failed error={error} retry={() => location.reload()} />;
  };
}
