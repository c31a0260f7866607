// A field of several rows: devices by the device list with its filter, others from a list that finds.
import { useState } from 'preact/hooks';
import { useAll } from '../api/resource';
import { t, tn } from '../lib/i18n';
import { Field, type FieldSpec, type FormValue } from '../parts/field';
import { Icon } from '../parts/icons';
import { rowLabel } from '../parts/rowfield';
import { ChosenDevices, DevicePicker, Picker, useTargetSources } from './targetsfield';

interface ChosenProps {
  id: string;
  spec: FieldSpec;
  path: string;
  value: string[];
  error: string | undefined;
  onChange: (value: FormValue) => void;
}

function Devices({ id, spec, value, error, onChange }: ChosenProps) {
  const [picking, setPicking] = useState(false);
  const sources = useTargetSources();
  return (
    <div class={error ? 'field wrong' : 'field'} id={id} tabIndex={-1} role="group" aria-labelledby={`${id}-label`}>
      <span class="label" id={`${id}-label`}>
        {spec.label} <span class="quiet">{tn('list.selected', value.length)}</span>
      </span>
      {error && <p class="field-error">{error}</p>}
      <div class="actions">
        <button type="button" class="button" onClick={() => setPicking(true)}>
          <Icon name="plus" />
          {t('targets.choose')}
        </button>
      </div>
      <ChosenDevices ids={value} onChange={onChange} />
      {picking && <DevicePicker {...sources} onClose={() => setPicking(false)} onAdd={(ids) => onChange([...new Set([...value, ...ids])])} />}
    </div>
  );
}

function Rows({ id, spec, path, value, error, onChange }: ChosenProps) {
  const { items, error: failed } = useAll<{ id: string; name?: string; path?: string }>(path);
  if (failed !== undefined) { // who may not see the list can still say what they are
    return <Field id={id} spec={{ ...spec, type: 'lines' }} value={value.join('\n')} error={error} onChange={(next) => onChange(String(next).split('\n').filter(Boolean))} />;
  }
  const all = (items ?? []).map((row) => ({ id: row.id, name: row.path || rowLabel(row) }));
  const gone = items ? value.filter((one) => !all.some((row) => row.id === one)).map((one) => ({ id: one, name: one })) : [];
  return <Picker id={id} label={spec.label} all={[...all, ...gone]} chosen={value} error={error} onChange={onChange} />;
}

export const ChosenFrom = (props: ChosenProps) => (props.path === '/devices' ? <Devices {...props} /> : <Rows {...props} />);
