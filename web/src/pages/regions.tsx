// Regions: which addresses belong to whom (ACC-69 to ACC-79).
import { useResource } from '../api/resource';
import type { Page, Region } from '../api/types';
import { formatNumber } from '../lib/format';
import { t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';

const none = <span class="none">–</span>;

function lines(values: string[] | undefined, label: string): Column<Region>['cell'] {
  return () => {
    const all = values ?? [];
    const shown = all.slice(0, 3).join(', ');
    return all.length === 0 ? none : (
      <span title={all.join('\n')} aria-label={`${label}: ${all.join(', ')}`}>
        {shown}
        {all.length > 3 && <span class="quiet"> +{formatNumber(all.length - 3)}</span>}
      </span>
    );
  };
}

function columns(): Column<Region>[] {
  const list = (id: 'addresses' | 'suffixes', label: string): Column<Region> => ({
    id,
    label,
    wide: true,
    narrow: true,
    cell: (r) => lines(r[id], label)(r),
    text: (r) => (r[id] ?? []).join(', '),
  });
  return [
    { id: 'name', label: t('region.name'), head: true, sort: 'name', cell: (r) => <a href={`/regions/${r.id}`}>{r.name}</a>, text: (r) => r.name },
    list('addresses', t('region.addresses')),
    list('suffixes', t('region.suffixes')),
    { id: 'timezone', label: t('region.timezone'), narrow: true, cell: (r) => r.timezone || none, text: (r) => r.timezone },
    {
      id: 'devices',
      label: t('menu.devices'),
      number: true,
      narrow: true,
      cell: (r) => <a href={`/devices?f=region:eq:${r.id}`}>{formatNumber(r.devices ?? 0)}</a>,
      text: (r) => String(r.devices ?? 0),
    },
  ];
}

export function RegionsPage() {
  const add = (
    <a class="button primary" href="/regions/new">
      <Icon name="plus" />
      {t('region.add')}
    </a>
  );
  const outside = useResource<Page<unknown>>('/devices?f=region:empty:true&size=1&fields=id').data?.total ?? 0;
  return (
    <div class="page fill">
      <Head title={t('menu.regions')}>{add}</Head>
      <List<Region>
        id="regions"
        label={t('menu.regions')}
        path="/regions"
        columns={columns()}
        rowId={(r) => r.id}
        sort="name"
        filters={[{ id: 'name', label: t('region.name'), type: 'text' }]}
        toolbar={
          outside > 0 ? (
            <a class="button plain" href="/devices?f=region:empty:true">
              {t('region.outside', { count: outside })}
            </a>
          ) : undefined
        }
        empty={
          <Empty title={t('region.none')}>
            <p>{t('region.none_text')}</p>
          </Empty>
        }
      />
    </div>
  );
}
