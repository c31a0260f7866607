// Text of a program: a plain text area with line numbers; lines with errors are marked beside it and
// named below, from where one gets to them.
import { useRef } from 'preact/hooks';
import { t } from '../lib/i18n';

export interface LineError {
  line: number;
  text: string;
}

interface CodeAreaProps {
  id: string;
  name: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  errors: LineError[];
  readOnly?: boolean;
}

export function CodeArea({ id, name, label, value, onChange, errors, readOnly = false }: CodeAreaProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const count = value.split('\n').length;
  const wrong = new Set(errors.map((error) => error.line).filter((line) => line > 0));
  const go = (line: number) => {
    const before = value.split('\n').slice(0, line - 1);
    const start = before.join('\n').length + (line > 1 ? 1 : 0);
    area.current?.focus();
    area.current?.setSelectionRange(start, start + (value.split('\n')[line - 1]?.length ?? 0));
    if (area.current) {
      area.current.scrollTop = Math.max(0, (line - 5) * 20);
    }
  };
  return (
    <div class={errors.length > 0 ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      <div class="code-area">
        <div class="code-lines" ref={gutter} aria-hidden="true">
          <pre>{Array.from({ length: count }, (_, n) => n + 1).join('\n')}</pre>
          {[...wrong].map((line) => (
            <span key={line} class="code-wrong" style={{ '--line': String(line - 1) }} />
          ))}
        </div>
        <textarea
          id={id}
          name={name}
          ref={area}
          class="code"
          wrap="off"
          rows={18}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          readOnly={readOnly}
          value={value}
          aria-invalid={errors.length > 0 ? true : undefined}
          aria-describedby={`${id}-errors`}
          onInput={(event) => onChange((event.target as HTMLTextAreaElement).value)}
          onScroll={(event) => gutter.current?.scrollTo(0, (event.target as HTMLTextAreaElement).scrollTop)}
        />
      </div>
      <ul class="code-errors" id={`${id}-errors`} aria-live="polite">
        {errors.map((error, n) => (
          <li key={n}>
            {error.line > 0 ? (
              <button type="button" class="link danger-text" onClick={() => go(error.line)}>
                {t('form.line', { line: error.line, text: error.text })}
              </button>
            ) : (
              <span class="danger-text">{error.text}</span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
