// Deleting a function, with or without its data (PRF-50), and going back to the version before.
import { useState } from 'preact/hooks';
import { begin } from '../api/installation';
import { post, remove } from '../api/http';
import type { FunctionInfo } from '../api/functiontypes';
import { t } from '../lib/i18n';
import { confirm } from '../parts/confirm';
import { Dialog } from '../parts/dialog';
import { fail } from '../parts/toast';
import { functionTitle } from './functionwords';
import { NothingRunning } from './nothingrunning';

interface RemoveProps {
  one: FunctionInfo;
  onClose: () => void;
  onEnd: () => void;
}

export function RemoveDialog({ one, onClose, onEnd }: RemoveProps) {
  const [data, setData] = useState('keep');
  const [busy, setBusy] = useState(false);
  const name = functionTitle(one);
  const drop = async () => {
    setBusy(true);
    try {
      await begin([one.name], () => remove(`/functions/${encodeURIComponent(one.name)}?data=${data}`), onEnd);
      onClose();
    } catch (error) {
      fail(error);
      setBusy(false);
    }
  };
  const choices = [
    { value: 'keep', label: t('fn.data_keep') },
    { value: 'delete', label: t('fn.data_delete') },
  ];
  return (
    <Dialog title={t('fn.delete_title', { name })} onClose={onClose}>
      <p>{t('fn.delete_text', { name, version: one.version })}</p>
      <NothingRunning />
      {one.tables.length > 0 && (
        <fieldset class="field choices">
          <legend>{t('fn.data')}</legend>
          <p class="help">{t('fn.data_tables', { tables: one.tables.join(', ') })}</p>
          {choices.map((choice) => (
            <label key={choice.value} class="choice">
              <input type="radio" name="fn-data" value={choice.value} checked={data === choice.value} onChange={() => setData(choice.value)} />
              {choice.label}
            </label>
          ))}
        </fieldset>
      )}
      <div class="actions">
        <button type="button" class="button danger" disabled={busy} onClick={() => void drop()}>
          {t('value.yes')}
        </button>
        <button type="button" class="button" autofocus onClick={onClose}>
          {t('action.cancel')}
        </button>
      </div>
    </Dialog>
  );
}

export async function rollBack(one: FunctionInfo, onEnd: () => void): Promise<void> {
  const name = functionTitle(one);
  const yes = await confirm({
    title: t('fn.rollback_title', { name }),
    text: t('fn.rollback_text', { from: one.version, to: one.previous ?? '' }),
    action: t('value.yes'),
  });
  if (yes) {
    await begin([one.name], () => post(`/functions/${encodeURIComponent(one.name)}/rollback`), onEnd);
  }
}
