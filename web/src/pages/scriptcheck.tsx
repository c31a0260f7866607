// What the server makes of a script: errors by line while one types, and a dry run on demand.
import { useEffect, useState } from 'preact/hooks';
import { post } from '../api/http';
import { explain } from '../api/problem';
import type { ScriptCheck } from '../api/types';
import { code, codeWord, t } from '../lib/i18n';
import type { Json } from '../lib/schema';
import { SchemaForm } from '../parts/schemaform';
import { Status } from '../parts/status';
import { useKinds } from './taskkinds';

const WAIT = 600; // ms after the last key

// A script that says its name must say the right one; as long as it has none, any will do.
const named = (body: Record<string, unknown>, name: string) => (name ? { ...body, name } : body);

export function useCheck(script: { name: string; kind: string; text: string }): ScriptCheck | undefined {
  const { name, kind, text } = script;
  const [found, setFound] = useState<ScriptCheck>();
  useEffect(() => {
    if (text.trim() === '') {
      setFound(undefined);
      return undefined;
    }
    let current = true;
    const timer = window.setTimeout(() => {
      // What cannot be checked now is checked when it is saved.
      post<ScriptCheck>('/scripts/check', named({ text, kind }, name)).then(
        ({ data }) => current && setFound(data),
        () => undefined,
      );
    }, WAIT);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [name, text, kind]);
  return found;
}

const errorWords = (error: ScriptCheck['errors'][number]) => [codeWord('script_error', error.code), error.text].filter(Boolean).join(' — ');
export const lineErrors = (check: ScriptCheck | undefined) => (check?.errors ?? []).map((error) => ({ line: error.line, text: errorWords(error) }));

function Outcome({ run }: { run: NonNullable<ScriptCheck['dry_run']> }) {
  return (
    <>
      <p>
        <Status family="run" value={run.state}>
          {code('run', run.state)} {run.text && <span class="quiet">{run.text}</span>}
        </Status>
      </p>
      {run.calls.length > 0 && (
        <>
          <h3>{t('script.calls')}</h3>
          <ol class="numbered">
            {run.calls.map((call, n) => (
              <li key={n} class="code">
                {typeof call === 'string' ? call : JSON.stringify(call)}
              </li>
            ))}
          </ol>
        </>
      )}
      {run.log.length > 0 && (
        <>
          <h3>{t('target.log')}</h3>
          <ul class="code">
            {run.log.map((line, n) => (
              <li key={n}>{typeof line === 'string' ? line : `${line.level}: ${line.text}`}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

// Runs the script against results that nobody has to give: every subtask succeeds unless told otherwise.
export function DryRun({ script, check }: { script: { name: string; kind: string; text: string }; check: ScriptCheck | undefined }) {
  const { name, kind, text } = script;
  const [params, setParams] = useState<Json>({});
  const [fate, setFate] = useState('success');
  const [found, setFound] = useState<ScriptCheck>();
  const [failure, setFailure] = useState<string>();
  const kinds = useKinds().data?.items ?? [];
  if (kind === 'lib') {
    return null;
  }
  const go = async () => {
    setFailure(undefined);
    try {
      const results = fate === 'success' ? {} : Object.fromEntries(kinds.map(({ id }) => [id, { state: fate, code: fate, text: '' }]));
      setFound((await post<ScriptCheck>('/scripts/check', named({ text, kind, params, results }, name))).data);
    } catch (error) {
      setFailure(explain(error));
    }
  };
  return (
    <section class="card" aria-labelledby="dry-run">
      <h2 id="dry-run">{t('script.dry_run')}</h2>
      <p class="quiet">{t('script.dry_run_text')}</p>
      {check?.schema && <SchemaForm id="dry" kind="" schema={check.schema} value={params} onChange={setParams} errors={{}} />}
      <label class="stack">
        {t('script.fate')}
        <select value={fate} onChange={(event) => setFate((event.target as HTMLSelectElement).value)}>
          {['success', 'warning', 'error', 'timeout'].map((state) => (
            <option key={state} value={state}>
              {code('run', state)}
            </option>
          ))}
        </select>
      </label>
      <div class="actions">
        <button type="button" class="button" onClick={() => void go()}>
          {t('script.try')}
        </button>
      </div>
      <div role="status">
        {failure && <p class="danger-text">{failure}</p>}
        {found && !found.ok && <p class="danger-text">{found.errors.map((error) => t('form.line', { line: error.line, text: errorWords(error) })).join(' · ')}</p>}
        {found?.dry_run && <Outcome run={found.dry_run} />}
      </div>
    </section>
  );
}
