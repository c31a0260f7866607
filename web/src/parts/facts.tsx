// Facts as a definition list, each with a button that copies its value.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../lib/i18n';
import { Icon } from './icons';
import { fail } from './toast';

export function Copy({ value, label }: { value: string; label: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setDone(true);
      window.setTimeout(() => setDone(false), 1500);
    } catch (error) {
      fail(error);
    }
  };
  return (
    <button
      type="button"
      class="button plain small copy"
      aria-label={done ? t('action.copied') : t('action.copy_of', { what: label })}
      title={done ? t('action.copied') : t('action.copy')}
      onClick={() => void copy()}
    >
      <Icon name={done ? 'check' : 'copy'} />
    </button>
  );
}

export interface Fact {
  label: string;
  value: ComponentChildren;
  copy?: string;
}

export function Facts({ facts }: { facts: (Fact | false | undefined)[] }) {
  return (
    <dl class="facts">
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact.label}>
              <dt>{fact.label}</dt>
              <dd>
                {fact.value === '' || fact.value === null || fact.value === undefined ? (
                  <span class="none">–</span>
                ) : (
                  <span class="fact-value">{fact.value}</span>
                )}
                {fact.copy && <Copy value={fact.copy} label={fact.label} />}
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}
