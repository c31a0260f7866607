// What waits to be sent, and what could not be sent: mails and webhooks.
import { useState } from 'preact/hooks';
import { post, remove } from '../api/http';
import type { Posting } from '../api/types';
import { formatNumber } from '../lib/format';
import { code, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import { confirm } from '../parts/confirm';
import type { FilterField } from '../parts/filterfield';
import { Head } from '../parts/head';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';

const none = <span class="none">–</span>;
const states = ['waiting', 'failed'];
const subjectOf = (p: Posting) => (p.kind === 'webhook' ? code('webhook_event', p.subject) : p.subject);

async function drop(posting: Posting, onDone: () => void): Promise<void> {
  const yes = await confirm({ title: t('outbox.delete_title'), text: t('outbox.delete_text', { to: posting.to }), action: t('action.delete') });
  if (yes) {
    await remove(`/outbox/${posting.id}`);
    toast(t('outbox.deleted'));
    onDone();
  }
}

async function retry(posting: Posting, onDone: () => void): Promise<void> {
  await post(`/outbox/${posting.id}/retry`);
  toast(t('outbox.retried'));
  onDone();
}

function columns(reload: () => void): Column<Posting>[] {
  return [
    { id: 'state', label: t('run.state'), sort: 'state', narrow: true, cell: (p) => <Status family="posting" value={p.state} />, text: (p) => code('posting', p.state) },
    { id: 'kind', label: t('run.kind'), sort: 'kind', narrow: true, cell: (p) => code('posting_kind', p.kind), text: (p) => code('posting_kind', p.kind) },
    { id: 'to', label: t('outbox.to'), head: true, sort: 'to', cell: (p) => p.to, text: (p) => p.to },
    { id: 'subject', label: t('outbox.subject'), narrow: true, wide: true, cell: (p) => subjectOf(p) || none, text: subjectOf },
    { id: 'created', label: t('run.created'), sort: 'created', off: true, cell: (p) => <Time value={p.created} />, text: (p) => p.created },
    { id: 'tries', label: t('outbox.tries'), sort: 'tries', number: true, cell: (p) => formatNumber(p.tries), text: (p) => String(p.tries) },
    { id: 'next', label: t('outbox.next'), sort: 'next', narrow: true, cell: (p) => <Time value={p.next} />, text: (p) => p.next ?? '' },
    { id: 'text', label: t('outbox.text'), narrow: true, wide: true, cell: (p) => p.text || none, text: (p) => p.text },
    {
      id: 'actions',
      label: t('list.actions'),
      narrow: true,
      cell: (p) => (
        <span class="row-actions">
          <button type="button" class="button small" onClick={() => void retry(p, reload).catch(fail)}>
            {t('outbox.retry')}
          </button>
          <button type="button" class="button small danger-text" onClick={() => void drop(p, reload).catch(fail)}>
            {t('action.delete')}
          </button>
        </span>
      ),
    },
  ];
}

function filters(): FilterField[] {
  return [
    { id: 'state', label: t('run.state'), type: 'choice', options: states.map((value) => ({ value, label: code('posting', value) })) },
    { id: 'kind', label: t('run.kind'), type: 'choice', options: ['mail', 'webhook'].map((value) => ({ value, label: code('posting_kind', value) })) },
    { id: 'to', label: t('outbox.to'), type: 'text' },
  ];
}

export function OutboxPage() {
  const [reload, setReload] = useState<() => void>(() => () => undefined);
  return (
    <div class="page fill">
      <Head title={t('menu.outbox')} />
      <p class="quiet">{t('outbox.about')}</p>
      <List<Posting>
        id="outbox"
        label={t('menu.outbox')}
        path="/outbox"
        columns={columns(reload)}
        rowId={(p) => p.id}
        filters={filters()}
        onData={(resource) => setReload(() => resource.reload)}
        empty={<Empty title={t('outbox.none')} />}
      />
    </div>
  );
}
