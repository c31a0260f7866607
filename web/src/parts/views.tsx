// Saved views: the filter and order of a list under a name, kept for the user (DEV-93).
import { useState } from 'preact/hooks';
import { keep, settings } from '../api/session';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Icon } from './icons';
import { Popover } from './popover';
import { toast } from './toast';

interface View {
  name: string;
  query: string;
}

function viewsOf(kept: unknown): View[] {
  return Array.isArray(kept) ? kept.filter((v): v is View => typeof v?.name === 'string' && typeof v?.query === 'string') : [];
}

export function Views({ id, query }: { id: string; query: string }) {
  const kept = viewsOf(useStore(settings)[`views.${id}`]);
  const [name, setName] = useState('');
  const store = (views: View[]) => void keep(`views.${id}`, views.length > 0 ? views : null);

  return (
    <Popover
      name={t('views.title')}
      align="right"
      buttonClass="button plain"
      label={
        <>
          <Icon name="bookmark" />
          <span class="roomy-label">{t('views.title')}</span>
        </>
      }
    >
      {(close) => (
        <>
          {kept.length > 0 && (
            <ul class="menu">
              {kept.map((view) => (
                <li key={view.name} class="menu-row">
                  <a class="menu-item" href={`${location.pathname}?${view.query}`} onClick={close}>
                    {view.name}
                  </a>
                  <button
                    type="button"
                    class="button plain small"
                    aria-label={t('views.remove', { name: view.name })}
                    onClick={() => {
                      store(kept.filter((v) => v !== view));
                      toast(t('views.removed', { name: view.name }), { undo: () => store(kept) });
                    }}
                  >
                    <Icon name="trash" />
                  </button>
                </li>
              ))}
            </ul>
          )}
          <form
            class="filter-editor"
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim()) {
                store([...kept.filter((v) => v.name !== name.trim()), { name: name.trim(), query }]);
                toast(t('views.saved', { name: name.trim() }));
                setName('');
                close();
              }
            }}
          >
            <label class="stack">
              {t('views.name')}
              <input type="text" value={name} maxLength={60} required onInput={(event) => setName((event.target as HTMLInputElement).value)} />
            </label>
            <div class="actions">
              <button type="submit" class="button primary">
                {t('views.save')}
              </button>
            </div>
          </form>
        </>
      )}
    </Popover>
  );
}
