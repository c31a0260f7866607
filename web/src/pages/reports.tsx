// Reports as files: what the database knows of the own devices, as a table to take away (ACC-57,
// MON-51 to MON-81).
import { useState } from 'preact/hooks';
import { file } from '../api/http';
import { useAll, useResource } from '../api/resource';
import { me } from '../api/session';
import { codeWord, t } from '../lib/i18n';
import { saveFile } from '../lib/save';
import { Field, type FieldSpec, type FormValue } from '../parts/field';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { fail } from '../parts/toast';
import { mayUse } from '../shell/entries';

interface Report {
  name: string;
  title: string;
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

// "Days" says something only of what has a past.
const withDays = ['status', 'audit-log'];

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

export function ReportsPage() {
  const reports = useResource<{ items: Report[] }>('/reports');
  const groups = useAll<Named>(mayUse('groups') ? '/groups' : null);
  const regions = useAll<Named>('/regions');
  const [values, setValues] = useState<Record<string, FormValue>>({ group: '', region: '', days: '30' });
  const [busy, setBusy] = useState('');
  const own = ownRegions(regions.items ?? []);
  const fields: FieldSpec[] = [
    ...((groups.items ?? []).length > 0 ? [choice('group', t('reports.group'), t('reports.all_groups'), groups.items ?? [])] : []),
    ...(own.length > 0 ? [choice('region', t('reports.region'), t('reports.all_regions'), own)] : []),
    { name: 'days', label: t('reports.days'), type: 'number', min: 1, max: 3650, help: t('reports.days_help') },
  ];

  const take = async (report: Report, ending: string, type: string) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) {
      if (value !== '' && (name !== 'days' || withDays.includes(report.name))) {
        query.set(name, String(value));
      }
    }
    setBusy(`${report.name}.${ending}`);
    try {
      const day = new Date().toISOString().slice(0, 10);
      saveFile([await file(`/reports/${report.name}?${query}`, type)], type, `platen-${report.name}-${day}.${ending}`);
    } catch (error) {
      fail(error);
    } finally {
      setBusy('');
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
                const title = codeWord('report', report.name) ?? report.title;
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
                            onClick={() => void take(report, ending, type)}
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
    </div>
  );
}
