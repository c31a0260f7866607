// What could go wrong, as a plugin says it: at once, or as soon as somebody chooses what it is about.
import { t, tn, word } from '../lib/i18n';
import type { Caution } from '../lib/schema';

// What is known of a form or a row: a text is its words.
export type Known = Record<string, unknown>;

function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.map(String);
  }
  return value === undefined || value === null ? [''] : String(value).split(' ');
}

// Those that hold for what is known; one without conditions always does.
export function cautionsFor(all: Caution[] | undefined, known: Known): Caution[] {
  return (all ?? []).filter(({ when = {} }) => Object.entries(when).every(([name, wanted]) => wordsOf(known[name]).some((one) => wanted.includes(one))));
}

const Items = ({ of }: { of: Caution[] }) => (
  <ul>
    {of.map(({ title, text }) => (
      <li key={`${title} ${text}`}>
        {title && <strong>{t('caution.about', { what: word(title) })} </strong>}
        {word(text)}
      </li>
    ))}
  </ul>
);

// Beside what was chosen: what comes is told, too.
export function Cautions({ of }: { of: Caution[] }) {
  return (
    <div class="cautions" aria-live="polite">
      {of.length > 0 && (
        <div class="notice tone-warning">
          <Items of={of} />
        </div>
      )}
    </div>
  );
}

// Above a list: for who wants to know.
export function FoldedCautions({ of }: { of: Caution[] }) {
  return of.length === 0 ? null : (
    <details class="cautions notice tone-warning">
      <summary>{tn('caution.count', of.length)}</summary>
      <Items of={of} />
    </details>
  );
}
