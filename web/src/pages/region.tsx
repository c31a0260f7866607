// One region: its addresses, the domains of its devices' names, its time zone (ACC-72 to ACC-78).
import { get, patch, post, remove } from '../api/http';
import { useResource } from '../api/resource';
import type { Region } from '../api/types';
import { t, tn } from '../lib/i18n';
import { isHostName, lines, rangeSize } from '../lib/ranges';
import { navigate } from '../lib/router';
import { ownZone, zones } from '../lib/zones';
import { confirm } from '../parts/confirm';
import type { FieldSpec, FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { fail, toast } from '../parts/toast';

const back = () => ({ href: '/regions', text: t('menu.regions') });
function checkLines(value: unknown, valid: (line: string) => boolean, text: string): string | undefined {
  const wrong = lines(String(value)).findIndex((line) => !valid(line));
  return wrong < 0 ? undefined : t('form.line', { line: wrong + 1, text });
}

// IPv6 is left to the server: what has a colon may be right.
const isRange = (line: string) => line.includes(':') || rangeSize(line) !== undefined;

function fields(): FieldSpec[] {
  return [
    { name: 'name', label: t('region.name'), type: 'text', required: true, maxLength: 100 },
    {
      name: 'addresses',
      label: t('region.addresses'),
      type: 'lines',
      help: t('region.addresses_help'),
      placeholder: '192.168.10.0-192.168.19.255\n10.0.0.0/8\n2001:db8:7::/48',
      check: (value) => checkLines(value, isRange, t('region.wrong')),
    },
    {
      name: 'suffixes',
      label: t('region.suffixes'),
      type: 'lines',
      help: t('region.suffixes_help'),
      placeholder: 'print.example.org',
      check: (value) => checkLines(value, isHostName, t('region.wrong_suffix')),
    },
    { name: 'timezone', label: t('region.timezone'), type: 'text', required: true, suggestions: zones(), help: t('region.timezone_help'), maxLength: 64 },
  ];
}

const valuesOf = (region: Region | undefined): FormValues => ({
  name: region?.name ?? '',
  addresses: (region?.addresses ?? []).join('\n'),
  suffixes: (region?.suffixes ?? []).join('\n'),
  timezone: region?.timezone ?? ownZone(),
});

const bodyOf = (values: FormValues) => ({
  name: values['name'],
  addresses: lines(String(values['addresses'])),
  suffixes: lines(String(values['suffixes'])),
  timezone: values['timezone'],
});

export function NewRegionPage() {
  return (
    <div class="page">
      <Head title={t('region.add')} back={back()} />
      <section class="card narrow-page">
        <Form
          fields={fields()}
          values={valuesOf(undefined)}
          submit={t('region.create')}
          onCancel={() => void navigate('/regions')}
          onSubmit={async (values) => {
            await post<Region>('/regions', bodyOf(values));
            toast(t('region.created', { name: String(values['name']) }));
            await navigate('/regions', true);
          }}
        />
      </section>
    </div>
  );
}

async function drop(region: Region, etag: string | null): Promise<void> {
  const yes = await confirm({
    title: t('region.delete_title'),
    text: tn('region.delete_text', region.devices ?? 0, { name: region.name }),
    action: t('action.delete'),
  });
  if (yes) {
    await remove(`/regions/${region.id}`, etag);
    toast(t('region.deleted', { name: region.name }));
    await navigate('/regions');
  }
}

export function RegionPage({ id }: { id: string }) {
  const one = useResource<Region>(`/regions/${id}`);
  const region = one.data;
  if (!region) {
    return (
      <div class="page">
        <Head title={t('region.title')} back={back()} />
        {one.error === undefined ? <Waiting /> : <Failed error={one.error} retry={one.reload} />}
      </div>
    );
  }
  return (
    <div class="page">
      <Head
        title={region.name}
        back={back()}
        state={<a href={`/devices?f=region:eq:${id}`}>{tn('dashboard.devices', region.devices ?? 0)}</a>}
      >
        <button type="button" class="button danger" onClick={() => void drop(region, one.etag).catch(fail)}>
          {t('action.delete')}
        </button>
      </Head>
      <section class="card narrow-page">
        <Form
          fields={fields()}
          values={valuesOf(region)}
          etag={one.etag}
          submit={t('action.save')}
          reread={async () => {
            const fresh = await get<Region>(`/regions/${id}`);
            return { values: valuesOf(fresh.data), etag: fresh.etag };
          }}
          onSubmit={async (values, etag) => {
            await patch(`/regions/${id}`, bodyOf(values), etag);
            toast(t('region.saved'));
            one.reload();
          }}
        />
      </section>
    </div>
  );
}
