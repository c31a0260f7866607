// What a task changes on a device, or would: member, before, after.
import type { Change } from '../api/types';
import { code, t } from '../lib/i18n';

const plain = (value: unknown) => (value === null || value === undefined || value === '' ? '–' : typeof value === 'string' ? value : JSON.stringify(value));

export function Changes({ changes, label }: { changes: Change[]; label: string }) {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="plain-table changes">
        <caption class="hidden">{label}</caption>
        <thead>
          <tr>
            <th scope="col">{t('conflict.field')}</th>
            <th scope="col">{t('changes.from')}</th>
            <th scope="col">{t('changes.to')}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.path}>
              <th scope="row">{code('change', change.path.replace(/^\//, ''))}</th>
              <td class="lines">{plain(change.from)}</td>
              <td class="lines">{plain(change.to)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
