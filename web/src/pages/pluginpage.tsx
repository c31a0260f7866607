// What the pages of plugins have in common: which page stands at an address, and waiting until it is
// known.
import type { ComponentChildren } from 'preact';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Head } from '../parts/head';
import { Empty, Waiting } from '../parts/message';
import { Tabs } from '../parts/tabs';
import { pageLabel, pages, pageTitle, type PageEntry } from '../shell/pages';

// `below`: of a list that stands below a row, the filter that says so. An operation is asked with it
// for its row, too.
export function rowHref(page: PageEntry, row: string, below?: string): string {
  const of = below && page.list.operation ? `?of=${encodeURIComponent(below)}` : '';
  return `${page.href}/row/${encodeURIComponent(row)}${of}`;
}

// Where the server has the row.
export const rowPath = (page: PageEntry, row: string, of?: string | null) => `${page.path}/${encodeURIComponent(row)}${of ? `?f=${encodeURIComponent(of)}` : ''}`;

// What the menu says of a page, or of the one whose tab it is.
export function groupTitle(page: PageEntry): string {
  const first = page.tab ? pages.get()?.find((one) => one.plugin === page.plugin && one.id === page.tab) : page;
  return pageLabel(first ?? page);
}

// Pages that are tabs of one, itself the first.
export function PageTabs({ page }: { page: PageEntry }) {
  const first = page.tab ?? page.id;
  const tabs = (useStore(pages) ?? []).filter((one) => one.plugin === page.plugin && (one.id === first || one.tab === first));
  if (tabs.length < 2) {
    return null;
  }
  return <Tabs label={t('plugin.lists')} current={page.id} tabs={tabs.map((one) => ({ id: one.id, label: pageTitle(one), href: one.href }))} />;
}

interface Props {
  plugin: string;
  id: string;
  children: (page: PageEntry) => ComponentChildren;
}

export function WithPage({ plugin, id, children }: Props) {
  const known = useStore(pages);
  const page = known?.find((one) => one.plugin === plugin && one.id === id);
  if (page) {
    return <>{children(page)}</>;
  }
  return (
    <div class="page">
      <Head title={known ? t('page.not_found') : t('app.name')} />
      {known ? <Empty title={t('page.not_here')} /> : <Waiting />}
    </div>
  );
}
