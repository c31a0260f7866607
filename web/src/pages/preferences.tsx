// Preferences of the system: communication with devices, and how long data is kept (DEV-37 to DEV-43).
import { get, patch } from '../api/http';
import { useResource } from '../api/resource';
import type { Preferences } from '../api/types';
import { t } from '../lib/i18n';
import type { FieldSpec, FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { toast } from '../parts/toast';

function valuesOf(p: Preferences): FormValues {
  return {
    timeout_ms: String(p.snmp.timeout_ms),
    retries: String(p.snmp.retries),
    packets_per_second: String(p.snmp.packets_per_second),
    status_days: String(p.retention.status_days),
    counter_days: String(p.retention.counter_days),
    run_days: String(p.retention.run_days),
  };
}

function number(part: 'snmp' | 'retention', name: string, min: number, max: number, words: Partial<FieldSpec> & { label: string }): FieldSpec {
  return { name, type: 'number', pointer: `/${part}/${name}`, required: true, min, max, ...words };
}

interface SectionProps {
  part: 'snmp' | 'retention';
  title: string;
  text: string;
  fields: FieldSpec[];
  values: FormValues;
  etag: string | null;
  onSaved: () => void;
}

// Each section saves its own members only.
function Section({ part, title, text, fields, values, etag, onSaved }: SectionProps) {
  const own = (all: FormValues) => Object.fromEntries(fields.map((f) => [f.name, all[f.name] ?? '']));
  return (
    <section class="card" aria-labelledby={`preferences-${part}`}>
      <h2 id={`preferences-${part}`}>{title}</h2>
      <p class="quiet">{text}</p>
      <Form
        fields={fields}
        values={own(values)}
        etag={etag}
        submit={t('action.save')}
        reread={async () => {
          const fresh = await get<Preferences>('/preferences');
          return { values: own(valuesOf(fresh.data)), etag: fresh.etag };
        }}
        onSubmit={async (after, version) => {
          const body = Object.fromEntries(Object.entries(after).map(([name, value]) => [name, Number(value)]));
          await patch('/preferences', { [part]: body }, version);
          toast(t('preferences.saved'));
          onSaved();
        }}
      />
    </section>
  );
}

export function PreferencesPage() {
  const preferences = useResource<Preferences>('/preferences');
  const { data, etag, reload } = preferences;
  return (
    <div class="page">
      <Head title={t('menu.preferences')} />
      {!data && (preferences.error === undefined ? <Waiting /> : <Failed error={preferences.error} retry={reload} />)}
      {data && (
        <div class="cards">
          <Section
            part="snmp"
            title={t('preferences.snmp')}
            text={t('preferences.snmp_text')}
            values={valuesOf(data)}
            etag={etag}
            onSaved={reload}
            fields={[
              number('snmp', 'timeout_ms', 100, 60000, { label: t('preferences.timeout'), unit: t('unit.milliseconds') }),
              number('snmp', 'retries', 0, 10, { label: t('preferences.retries') }),
              number('snmp', 'packets_per_second', 1, 100000, { label: t('preferences.pace'), help: t('preferences.pace_help') }),
            ]}
          />
          <Section
            part="retention"
            title={t('preferences.retention')}
            text={t('preferences.retention_text')}
            values={valuesOf(data)}
            etag={etag}
            onSaved={reload}
            fields={[
              number('retention', 'status_days', 7, 3650, { label: t('preferences.status_days'), unit: t('unit.days') }),
              number('retention', 'counter_days', 31, 3650, { label: t('preferences.counter_days'), unit: t('unit.days') }),
              number('retention', 'run_days', 1, 3650, { label: t('preferences.run_days'), unit: t('unit.days') }),
            ]}
          />
        </div>
      )}
    </div>
  );
}
