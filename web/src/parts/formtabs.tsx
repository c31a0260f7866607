// Tabs inside a form: all of it stays, one panel is shown. A mark says that something required is
// missing (TSK-12). The tab stands in the address.
import type { ComponentChildren } from 'preact';
import { t } from '../lib/i18n';
import { navigate, usePlace, withQuery } from '../lib/router';
import type { FormValues } from './field';

export interface FormTab {
  id: string;
  label: string;
  fields: string[]; // names
  after?: (values: FormValues) => ComponentChildren;
}

export const tabId = (form: string, tab: string) => `${form}-tab-${tab}`;
export const panelId = (form: string, tab: string) => `${form}-panel-${tab}`;

// The tab that the address names, else the first, and a way to another one.
export function useFormTab(tabs: FormTab[] | undefined): [string, (id: string) => void] {
  const { query } = usePlace();
  const wanted = query.get('tab');
  const current = tabs?.find((tab) => tab.id === wanted)?.id ?? tabs?.[0]?.id ?? '';
  const choose = (id: string) => {
    const next = new URLSearchParams(location.search);
    next.set('tab', id);
    void navigate(withQuery(next), true);
  };
  return [current, choose];
}

interface TabsProps {
  id: string;
  tabs: FormTab[];
  current: string;
  onChange: (id: string) => void;
  lacking: (tab: FormTab) => boolean;
  wrong: (tab: FormTab) => boolean;
}

export function FormTabs({ id, tabs, current, onChange, lacking, wrong }: TabsProps) {
  const onKey = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === current);
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
    const to = steps[event.key];
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (next) {
      event.preventDefault();
      onChange(next.id);
      window.setTimeout(() => document.getElementById(tabId(id, next.id))?.focus(), 0);
    }
  };
  const mark = (tab: FormTab) => {
    const words = wrong(tab) ? t('form.tab_wrong') : lacking(tab) ? t('form.tab_missing') : undefined;
    return words ? (
      <span class={wrong(tab) ? 'tab-mark tab-wrong' : 'tab-mark'} title={words}>
        <span aria-hidden="true">{wrong(tab) ? '!' : '*'}</span>
        <span class="hidden">({words})</span>
      </span>
    ) : null;
  };
  return (
    <div class="tabs" role="tablist" onKeyDown={onKey}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          id={tabId(id, tab.id)}
          aria-controls={panelId(id, tab.id)}
          aria-selected={tab.id === current}
          tabIndex={tab.id === current ? 0 : -1}
          onClick={() => onChange(tab.id)}
        >
          {tab.label}
          {mark(tab)}
        </button>
      ))}
    </div>
  );
}
