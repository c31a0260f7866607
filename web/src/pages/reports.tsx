// Reports as files: what the database knows of the own devices, as a table to take away (ACC-57,
// MON-51 to MON-81).
import { useState } from 'preact/hooks';
import { file } from '../api/http';
import { useAll, useResource } from '../api/resource';
import { me } from '../api/session';
import { code, codeWord, language, t, word } from '../lib/i18n';
import { saveFile } from '../lib/save';
import { presets, type Json, type Schema } from '../lib/schema';
import { Dialog } from '../parts/dialog';
import { Field, type FieldSpec, type FormValue } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { fail } from '../parts/toast';
import { mayUse } from '../shell/entries';
import { needsForm } from './operationforms';
import { argumentsOf } from './operations';
import { schemaField } from './settingsfield';

interface Report {
  name: string;
  title: string; // of a plugin's report: a key of its catalogue
  settings?: Schema | null;
}

interface Named {
  id: string;
  name: string;
  path?: string;
}

const formats = [
  ['csv', 'text/csv', 'CSV'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'Excel'],
  ['txt', 'text/plain', 'Text'],
] as const;

// What is asked of some reports only: "days" of what has a past, periods and counters of totals.
const totals = ['counter-totals', 'counter-sums'];
const only: Record<string, string[]> = { days: ['status', 'audit-log'], unit: totals, counter: [...totals, 'counters'] };
const units = ['daily', 'weekly', 'monthly', 'yearly'];

function choice(name: string, label: string, all: string, items: Named[]): FieldSpec {
  const options = items.map((item) => ({ value: item.id, label: item.path ?? item.name }));
  return { name, label, type: 'select', options: [{ value: '', label: all }, ...options] };
}

// A choice of region is for who has several (ACC-94).
function ownRegions(known: Named[]): Named[] {
  const user = me.get();
  const own = user?.all_regions ? known : known.filter((region) => user?.regions?.includes(region.id));
  return own.length > 1 ? own : [];
}

const reportTitle = (report: Report) => codeWord('report', report.name) ?? word(report.title);

interface Asked {
  report: Report;
  ending: string;
  type: string;
}

// A report of a plugin may want to know more before it is written.
function SettingsDialog({ asked, onTake, onClose }: { asked: Asked; onTake: (settings: Json) => Promise<void>; onClose: () => void }) {
  const { report } = asked;
  const schema = report.settings ?? {};
  return (
    <Dialog title={reportTitle(report)} onClose={onClose}>
      <Form
        fields={[schemaField({ name: 'settings', label: t('task.settings'), kind: report.name, schema, pointer: '/settings' })]}
        values={{ settings: presets(schema) }}
        submit={t('reports.take')}
        guard={false}
        onCancel={onClose}
        onSubmit={async (values) => {
          await onTake(argumentsOf(schema, values['settings']));
          onClose();
        }}
      />
    </Dialog>
  );
}

export function ReportsPage() {
  const reports = useResource<{ items: Report[] }>('/reports');
  const groups = useAll<Named>(mayUse('groups') ? '/groups' : null);
  const regions = useAll<Named>('/regions');
  const [values, setValues] = useState<Record<string, FormValue>>({ group: '', region: '', days: '30', unit: 'monthly', counter: '' });
  const [busy, setBusy] = useState('');
  const [asked, setAsked] = useState<Asked>();
  const own = ownRegions(regions.items ?? []);
  const fields: FieldSpec[] = [
    ...((groups.items ?? []).length > 0 ? [choice('group', t('reports.group'), t('reports.all_groups'), groups.items ?? [])] : []),
    ...(own.length > 0 ? [choice('region', t('reports.region'), t('reports.all_regions'), own)] : []),
    { name: 'days', label: t('reports.days'), type: 'number', min: 1, max: 3650, help: t('reports.days_help') },
    { name: 'unit', label: t('reports.unit'), type: 'select', options: units.map((unit) => ({ value: unit, label: code('report_unit', unit) })), help: t('reports.unit_help') },
    { name: 'counter', label: t('reports.counter'), type: 'text', maxLength: 63, suggestions: ['total', 'color', 'mono'], help: t('reports.counter_help') },
  ];

  const take = async ({ report, ending, type }: Asked, settings?: Json) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) {
      if (value !== '' && (only[name]?.includes(report.name) ?? true)) {
        query.set(name, String(value));
      }
    }
    if (report.settings !== undefined) {
      query.set('language', language.get()); // of a plugin, which writes words
    }
    if (settings) {
      query.set('settings', JSON.stringify(settings));
    }
    setBusy(`${report.name}.${ending}`);
    try {
      const day = new Date().toISOString().slice(0, 10);
      saveFile([await file(`/reports/${report.name}?${query}`, type)], type, `platen-${report.name}-${day}.${ending}`);
    } finally {
      setBusy('');
    }
  };
  const press = (wanted: Asked) => {
    if (wanted.report.settings && needsForm(wanted.report.settings)) {
      setAsked(wanted);
    } else {
      void take(wanted).catch(fail);
    }
  };

  return (
    <div class="page">
      <Head title={t('menu.report_files')} />
      {!reports.data && (reports.error === undefined ? <Waiting /> : <Failed error={reports.error} retry={reports.reload} />)}
      {reports.data && (
        <div class="narrow-page">
          <div class="card">
            {fields.map((spec) => (
              <Field key={spec.name} id={`report-${spec.name}`} spec={spec} value={values[spec.name] ?? ''} error={undefined} onChange={(value) => setValues({ ...values, [spec.name]: value })} />
            ))}
          </div>
          <table class="plain-table">
            <caption class="hidden">{t('menu.report_files')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('reports.report')}</th>
                <th scope="col">{t('reports.file')}</th>
              </tr>
            </thead>
            <tbody>
              {reports.data.items.map((report) => {
                const title = reportTitle(report);
                return (
                  <tr key={report.name}>
                    <th scope="row">{title}</th>
                    <td>
                      <div class="actions">
                        {formats.map(([ending, type, label]) => (
                          <button
                            key={ending}
                            type="button"
                            class="button small"
                            disabled={busy !== ''}
                            aria-busy={busy === `${report.name}.${ending}`}
                            aria-label={`${title}: ${label}`}
                            onClick={() => press({ report, ending, type })}
                          >
                            {label}
                          </button>
                        ))}
                      </div>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {asked && <SettingsDialog asked={asked} onTake={(settings) => take(asked, settings)} onClose={() => setAsked(undefined)} />}
    </div>
  );
}
