// "System Update File" (PRF-42): packages are chosen, sent in pieces and checked; nothing is installed
// before "Start Installation".
import { useEffect, useRef, useState } from 'preact/hooks';
import { remove } from '../api/http';
import type { Upload } from '../api/functiontypes';
import { useResource } from '../api/resource';
import { send, sending, type Sending } from '../api/uploads';
import { formatBytes, formatPercent } from '../lib/format';
import { codeWord, t, tn } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Icon } from '../parts/icons';
import { Failed } from '../parts/message';
import { Progress } from '../parts/progress';
import { Status } from '../parts/status';
import { fail } from '../parts/toast';
import { changeLines, kindOfFunction, titleOf } from './functionwords';
import { InstallDialog } from './install';

const CHECKED_EVERY = 2000; // ms, should no event tell that a package has been checked

function Adding({ onSent }: { onSent: () => void }) {
  const [files, setFiles] = useState<File[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const add = (event: Event) => {
    event.preventDefault();
    for (const file of files) {
      void send(file).catch(fail).finally(onSent);
    }
    setFiles([]);
    if (input.current) {
      input.current.value = '';
    }
  };
  return (
    <form class="fn-add" onSubmit={add}>
      <label for="fn-file">{t('fn.choose')}</label>
      <input id="fn-file" ref={input} type="file" accept=".ppk" multiple onChange={(event) => setFiles([...((event.target as HTMLInputElement).files ?? [])])} />
      <button type="submit" class="button" disabled={files.length === 0}>
        {t('fn.add')}
      </button>
    </form>
  );
}

function Line({ one }: { one: Sending }) {
  const share = one.size > 0 ? (one.sent / one.size) * 100 : 0;
  return (
    <li class="fn-sending">
      <span class="row-line">
        <b>{one.name}</b>
        <span class="quiet">
          {formatBytes(one.sent)} / {formatBytes(one.size)} · {formatPercent(share)}
        </span>
      </span>
      <Progress value={share} label={t('fn.sending', { name: one.name })} />
      {one.waiting && <span class="quiet">{t('fn.sending_waits')}</span>}
    </li>
  );
}

// What one may want to know before it is installed.
function About({ one }: { one: Upload }) {
  return (
    <>
      {one.changes && (
        <ul class="fn-changes" aria-label={t('fn.changes')}>
          {changeLines(one.changes).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {one.changelog && (
        <details>
          <summary>{t('fn.changelog')}</summary>
          <pre class="fn-text" tabIndex={0}>
            {one.changelog}
          </pre>
        </details>
      )}
      {one.license && (
        <details>
          <summary>{t('fn.license')}</summary>
          <pre class="fn-text" tabIndex={0}>
            {one.license}
          </pre>
        </details>
      )}
    </>
  );
}

function Why({ one }: { one: Upload }) {
  const words = one.code ? codeWord('refusal', one.code) : undefined;
  return <p class="reason">{[words, one.text].filter(Boolean).join(' — ') + (one.code ? ` (${one.code})` : '')}</p>;
}

// What it is, whose, and from which file.
function origin(one: Upload): string {
  const publisher = one.publisher ?? (one.state === 'ready' && !one.signed ? t('fn.unsigned') : '');
  return [kindOfFunction(one.kind), publisher, one.name ? one.file_name : '', formatBytes(one.size)].filter(Boolean).join(' · ');
}

interface StagedProps {
  one: Upload;
  chosen: boolean;
  onChoose: (on: boolean) => void;
  onDrop: () => void;
}

function Staged({ one, chosen, onChoose, onDrop }: StagedProps) {
  const title = titleOf(one);
  return (
    <li class="fn-staged">
      <div class="row-line">
        {one.state === 'ready' && <input type="checkbox" aria-label={t('fn.choose_one', { name: title })} checked={chosen} onChange={(event) => onChoose((event.target as HTMLInputElement).checked)} />}
        <b>{title}</b>
        <Status family="upload_state" value={one.state} />
        {one.state !== 'installing' && (
          <button type="button" class="button plain small" aria-label={t('fn.discard_of', { name: title })} title={t('fn.discard_of', { name: title })} onClick={onDrop}>
            <Icon name="trash" />
          </button>
        )}
      </div>
      <p class="quiet">{one.state === 'uploading' ? `${formatBytes(one.received)} / ${formatBytes(one.size)} · ${t('fn.resume', { name: one.file_name })}` : origin(one)}</p>
      {one.state === 'refused' && <Why one={one} />}
      {one.state === 'ready' && <About one={one} />}
    </li>
  );
}

export function UpdateFile({ round, onChange }: { round: number; onChange: () => void }) {
  const uploads = useResource<{ items: Upload[] }>('/functions/uploads', true);
  const lines = useStore(sending);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set()); // ready ones that stay out
  const [asking, setAsking] = useState(false);
  const items = (uploads.data?.items ?? []).filter((one) => !lines.some((line) => line.id === one.id));
  const checking = items.some((one) => one.state === 'checking');
  const ready = items.filter((one) => one.state === 'ready');
  const chosen = ready.filter((one) => !left.has(one.id));
  useEffect(() => uploads.reload(), [round]);
  useEffect(() => {
    const timer = checking ? window.setInterval(uploads.reload, CHECKED_EVERY) : 0;
    return () => window.clearInterval(timer);
  }, [checking]);
  const choose = (id: string, on: boolean) => {
    const next = new Set(left);
    if (on) {
      next.delete(id);
    } else {
      next.add(id);
    }
    setLeft(next);
  };
  return (
    <section class="card" aria-labelledby="fn-update">
      <h2 id="fn-update">{t('fn.update_file')}</h2>
      <p class="help">{t('fn.update_help')}</p>
      <Adding onSent={uploads.reload} />
      {uploads.error !== undefined && <Failed error={uploads.error} retry={uploads.reload} />}
      {(lines.length > 0 || items.length > 0) && (
        <ul class="fn-uploads">
          {lines.map((line) => (
            <Line key={line.key} one={line} />
          ))}
          {items.map((one) => (
            <Staged
              key={one.id}
              one={one}
              chosen={!left.has(one.id)}
              onChoose={(on) => choose(one.id, on)}
              onDrop={() => void remove(`/functions/uploads/${one.id}`).then(uploads.reload, fail)}
            />
          ))}
        </ul>
      )}
      {ready.length > 0 && (
        <div class="actions">
          <button type="button" class="button primary" disabled={chosen.length === 0} onClick={() => setAsking(true)}>
            {t('fn.start')}
          </button>
          <span class="quiet">{tn('fn.chosen', chosen.length)}</span>
        </div>
      )}
      {asking && <InstallDialog uploads={chosen} onClose={() => setAsking(false)} onEnd={onChange} />}
    </section>
  );
}
