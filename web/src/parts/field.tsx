// One field of a form: label, control, unit, help and error tied together for eyes and ears.
import { t } from '../lib/i18n';

export type FormValue = string | boolean | string[];
export type FormValues = Record<string, FormValue>;

export interface FieldSpec {
  name: string;
  label: string;
  type: 'text' | 'password' | 'email' | 'url' | 'number' | 'select' | 'checkbox' | 'choices' | 'lines' | 'textarea' | 'date';
  pointer?: string;
  required?: boolean;
  help?: string;
  unit?: string;
  min?: number;
  max?: number;
  minLength?: number;
  maxLength?: number;
  options?: { value: string; label: string }[];
  autocomplete?: string;
  placeholder?: string;
  hidden?: (values: FormValues) => boolean;
  check?: (value: FormValue) => string | undefined;
}

interface FieldProps {
  id: string;
  spec: FieldSpec;
  value: FormValue;
  error: string | undefined;
  onChange: (value: FormValue) => void;
}

function Control({ id, spec, value, error, onChange }: FieldProps) {
  const described = [spec.help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ');
  const common = {
    id,
    name: spec.name,
    required: spec.required,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': described || undefined,
  };
  const text = typeof value === 'string' ? value : '';
  const onInput = (event: Event) => onChange((event.target as HTMLInputElement).value);
  if (spec.type === 'select') {
    return (
      <select {...common} value={text} onChange={onInput}>
        {spec.options?.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    );
  }
  if (spec.type === 'lines' || spec.type === 'textarea') {
    return (
      <textarea
        {...common}
        class={spec.type === 'lines' ? 'code' : undefined}
        rows={spec.type === 'lines' ? 6 : 3}
        spellcheck={spec.type === 'textarea'}
        maxLength={spec.maxLength}
        placeholder={spec.placeholder}
        value={text}
        onInput={onInput}
      />
    );
  }
  if (spec.type === 'checkbox') {
    return (
      <input
        {...common}
        type="checkbox"
        checked={value === true}
        onChange={(event) => onChange((event.target as HTMLInputElement).checked)}
      />
    );
  }
  return (
    <input
      {...common}
      type={spec.type === 'number' ? 'text' : spec.type}
      inputMode={spec.type === 'number' ? 'numeric' : undefined}
      maxLength={spec.maxLength}
      autocomplete={spec.autocomplete ?? 'off'}
      placeholder={spec.placeholder}
      value={text}
      onInput={onInput}
    />
  );
}

// Several values of a few: a group of boxes with the label as its name.
function Choices({ id, spec, value, onChange }: FieldProps) {
  const chosen = Array.isArray(value) ? value : [];
  return (
    <fieldset class="field choices" id={id} tabIndex={-1}>
      <legend>{spec.label}</legend>
      {spec.help && <p class="help">{spec.help}</p>}
      {spec.options?.map((option) => (
        <label key={option.value} class="choice">
          <input
            type="checkbox"
            checked={chosen.includes(option.value)}
            onChange={(event) =>
              onChange(
                (event.target as HTMLInputElement).checked
                  ? [...chosen, option.value]
                  : chosen.filter((c) => c !== option.value),
              )
            }
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}

export function Field(props: FieldProps) {
  const { id, spec, error } = props;
  if (spec.type === 'choices') {
    return <Choices {...props} />;
  }
  const limits =
    spec.min !== undefined && spec.max !== undefined
      ? t('form.limits', { min: spec.min, max: spec.max })
      : undefined;
  return (
    <div class={`field field-${spec.type}${error ? ' wrong' : ''}`}>
      <label for={id}>
        {spec.label}
        {spec.required && (
          <abbr class="required" title={t('form.required')}>
            *
          </abbr>
        )}
      </label>
      <span class="field-control">
        <Control {...props} />
        {spec.unit && <span class="unit">{spec.unit}</span>}
        {limits && <span class="limits">{limits}</span>}
      </span>
      {spec.help && (
        <p class="help" id={`${id}-help`}>
          {spec.help}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
