// Search of devices by name, address, serial, model: the first few while one types, all of them with
// Enter (a combobox as ARIA describes it).
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { get } from '../api/http';
import type { Device, Page } from '../api/types';
import { t } from '../lib/i18n';
import { navigate } from '../lib/router';
import { Icon } from '../parts/icons';
import { Status } from '../parts/status';

type Hit = Pick<Device, 'id' | 'name' | 'address' | 'model' | 'severity'>;

export function Search() {
  const [text, setText] = useState('');
  const [hits, setHits] = useState<Hit[]>([]);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const root = useRef<HTMLFormElement>(null);
  const id = useId();

  useEffect(() => {
    if (text.trim().length < 2) {
      setHits([]);
      return undefined;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      const query = `q=${encodeURIComponent(text.trim())}&size=8&fields=id,name,address,model,severity`;
      get<Page<Hit>>(`/devices?${query}`, { signal: stop.signal }).then(
        ({ data }) => {
          setHits(data.items);
          setActive(-1);
        },
        () => setHits([]),
      );
    }, 180);
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [text]);

  const leave = (href: string) => {
    setOpen(false);
    setText('');
    void navigate(href);
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setOpen(true);
      setActive((old) => (hits.length === 0 ? -1 : (old + step + hits.length + (old < 0 && step < 0 ? 1 : 0)) % hits.length));
    } else if (event.key === 'Escape') {
      setOpen(false);
      if (!open) {
        (event.target as HTMLElement).blur();
      }
    }
  };

  const shown = open && hits.length > 0;
  return (
    <form
      class="top-search"
      role="search"
      ref={root}
      onSubmit={(event) => {
        event.preventDefault();
        const hit = hits[active];
        if (hit) {
          leave(`/devices/${hit.id}`);
        } else if (text.trim()) {
          leave(`/devices?q=${encodeURIComponent(text.trim())}`);
        }
      }}
      onFocusOut={(event) => {
        if (!root.current?.contains(event.relatedTarget as Node)) {
          setOpen(false);
        }
      }}
    >
      <Icon name="search" />
      <input
        id="search"
        type="search"
        role="combobox"
        value={text}
        autocomplete="off"
        aria-label={t('search.label')}
        placeholder={t('search.label')}
        aria-expanded={shown}
        aria-controls={`${id}-hits`}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
        onInput={(event) => {
          setText((event.target as HTMLInputElement).value);
          setOpen(true);
        }}
        onKeyDown={onKey}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul class="hits" id={`${id}-hits`} role="listbox" aria-label={t('search.hits')} hidden={!shown}>
        {hits.map((hit, index) => (
          <li
            key={hit.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onPointerDown={(event) => {
              event.preventDefault();
              leave(`/devices/${hit.id}`);
            }}
          >
            <Status family="severity" value={hit.severity}>
              <b>{hit.name || hit.address}</b> <span class="quiet">{[hit.address, hit.model].filter(Boolean).join(' · ')}</span>
            </Status>
          </li>
        ))}
      </ul>
    </form>
  );
}
