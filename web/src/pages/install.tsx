// "Start Installation": the message that "Yes" answers, then the licences (PRF-42, PRF-48, SYS-126).
import { useState } from 'preact/hooks';
import { begin } from '../api/installation';
import { post } from '../api/http';
import type { Upload } from '../api/functiontypes';
import { Problem, explain, explainField } from '../api/problem';
import { codeWord, t, tn } from '../lib/i18n';
import { Dialog } from '../parts/dialog';
import { changeLines, titleOf } from './functionwords';
import { NothingRunning } from './nothingrunning';

interface InstallProps {
  uploads: Upload[];
  onClose: () => void;
  onEnd: () => void;
}

const names = (uploads: Upload[]) => uploads.map((one) => one.name ?? one.file_name);

// What is under way is a run, what is due a task.
const linkOf = (pointer: string) => /^\/(?:runs|tasks)\/\w+$/.exec(pointer)?.[0];

// Why it did not begin; runs that are not over are named and can be looked at (PRF-47).
function Failure({ error }: { error: unknown }) {
  const errors = error instanceof Problem ? error.errors : [];
  return (
    <div class="notice tone-error" role="alert">
      <p>{explain(error)}</p>
      {errors.length > 0 && (
        <ul>
          {errors.map((one) => {
            const link = linkOf(one.pointer);
            return <li key={one.pointer + one.code}>{link ? <a href={link}>{one.detail || link}</a> : (codeWord('refusal', one.code) ?? explainField(one))}</li>;
          })}
        </ul>
      )}
    </div>
  );
}

export function InstallDialog({ uploads, onClose, onEnd }: InstallProps) {
  const [licences, setLicences] = useState(false);
  const [wait, setWait] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const licensed = uploads.filter((one) => one.license);
  const start = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      const body = { uploads: uploads.map((one) => one.id), accept_license: true, when_busy: wait ? 'wait' : 'refuse' };
      await begin(names(uploads), () => post('/functions/install', body), onEnd);
      onClose();
    } catch (error) {
      // Tasks are running: one may wait for them instead.
      if (error instanceof Problem && error.status === 409) {
        setLicences(false);
      }
      setFailure(error);
      setBusy(false);
    }
  };
  const no = (
    <button type="button" class="button" autofocus onClick={onClose}>
      {licences ? t('fn.decline') : t('action.cancel')}
    </button>
  );
  const alarm = failure !== undefined && <Failure error={failure} />;
  if (licences) {
    return (
      <Dialog key="licences" title={t('fn.license')} onClose={onClose} wide>
        {alarm}
        {licensed.map((one) => (
          <div key={one.id}>
            <h3>{titleOf(one)}</h3>
            <pre class="fn-text" tabIndex={0} role="region" aria-label={titleOf(one)}>
              {one.license}
            </pre>
          </div>
        ))}
        <div class="actions">
          <button type="button" class="button primary" disabled={busy} onClick={() => void start()}>
            {t('fn.accept')}
          </button>
          {no}
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog key="question" title={t('fn.start')} onClose={onClose} wide>
      {alarm}
      <p>{tn('fn.start_text', uploads.length)}</p>
      {uploads.map((one) => (
        <section key={one.id} aria-label={titleOf(one)}>
          <h3>{titleOf(one)}</h3>
          <ul class="fn-changes">
            {one.changes && changeLines(one.changes).map((line) => <li key={line}>{line}</li>)}
          </ul>
        </section>
      ))}
      <NothingRunning />
      <label class="choice">
        <input type="checkbox" checked={wait} onChange={(event) => setWait((event.target as HTMLInputElement).checked)} />
        {t('fn.when_busy')}
      </label>
      <p class="help">{t('fn.no_action')}</p>
      <div class="actions">
        <button type="button" class="button primary" disabled={busy} onClick={() => (licensed.length > 0 ? setLicences(true) : void start())}>
          {t('value.yes')}
        </button>
        {no}
      </div>
    </Dialog>
  );
}
