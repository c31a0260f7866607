// The list of functions with name and version, the manager itself included (PRF-37); [x] only where a
// function can be deleted (PRF-50).
import { useState } from 'preact/hooks';
import type { FunctionInfo } from '../api/functiontypes';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Icon } from '../parts/icons';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { pages } from '../shell/pages';
import { AgentsProgress, functionTitle, kindOfFunction } from './functionwords';
import { RemoveDialog } from './removefunction';

// A function with a page of its own in the menu System leads to it (PRF-38).
function OwnPage({ name, title }: { name: string; title: string }) {
  const own = useStore(pages)?.find((page) => page.plugin === name && page.menu === 'system');
  return own ? (
    <a class="button plain small" href={own.href} aria-label={t('fn.configure', { name: title })} title={t('fn.configure', { name: title })}>
      <Icon name="right" />
    </a>
  ) : null;
}

function Row({ one, busy, onRemove }: { one: FunctionInfo; busy: boolean; onRemove: () => void }) {
  const title = functionTitle(one);
  return (
    <tr>
      <th scope="row">
        <span class="fn-name">
          <a href={`/functions/${encodeURIComponent(one.name)}`}>{title}</a>
          <OwnPage name={one.name} title={title} />
        </span>
        {title !== one.name && <span class="quiet fn-id">{one.name}</span>}
      </th>
      <td>{one.version}</td>
      <td>
        <Status family="function_state" value={one.state} />
        {one.error && <p class="reason">{one.error}</p>}
      </td>
      <td class="roomy">{kindOfFunction(one.kind)}</td>
      <td class="roomy">{one.publisher || (one.builtin ? t('fn.builtin') : <span class="none">–</span>)}</td>
      <td class="roomy">
        <Time value={one.installed_at} />
      </td>
      <td>
        <AgentsProgress counts={one.agents} />
      </td>
      <td class="row-end">
        {one.deletable && (
          <button type="button" class="button plain small" disabled={busy} aria-label={t('fn.delete_of', { name: title })} title={t('fn.delete_of', { name: title })} onClick={onRemove}>
            <Icon name="close" />
          </button>
        )}
      </td>
    </tr>
  );
}

export function FunctionTable({ items, busy, onEnd }: { items: FunctionInfo[]; busy: boolean; onEnd: () => void }) {
  const [removing, setRemoving] = useState<FunctionInfo>();
  return (
    <div class="card">
      <h2 id="fn-list">{t('fn.functions')}</h2>
      <div class="table-scroll" tabIndex={0} role="region" aria-labelledby="fn-list">
        <table class="plain-table fn-table">
          <caption class="hidden">{t('fn.functions')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('fn.name')}</th>
              <th scope="col">{t('agent.version')}</th>
              <th scope="col">{t('agent.status')}</th>
              <th scope="col" class="roomy">
                {t('fn.kind')}
              </th>
              <th scope="col" class="roomy">
                {t('fn.publisher')}
              </th>
              <th scope="col" class="roomy">
                {t('fn.installed_at')}
              </th>
              <th scope="col">{t('menu.agents')}</th>
              <th scope="col">
                <span class="hidden">{t('action.delete')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <Row key={one.name} one={one} busy={busy} onRemove={() => setRemoving(one)} />
            ))}
          </tbody>
        </table>
      </div>
      {removing && <RemoveDialog one={removing} onClose={() => setRemoving(undefined)} onEnd={onEnd} />}
    </div>
  );
}
