// What a task works on (TSK-37 to TSK-40): devices by the list with its filter, groups, or agents.
import { useMemo, useState } from 'preact/hooks';
import { useAll, useResource } from '../api/resource';
import type { Agent, Device, Group, Named, Page, Targets } from '../api/types';
import { t, tn } from '../lib/i18n';
import { Dialog } from '../parts/dialog';
import { Required, type FieldProps } from '../parts/field';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { toast } from '../parts/toast';
import { mayUse } from '../shell/entries';
import { deviceColumns } from './devicecolumns';
import { deviceFilters } from './devicefilters';
import { TARGETS_MAX } from './taskkinds';

const SHOWN = 100;

export const targetCount = (value: Targets) => (value.devices?.length ?? 0) + (value.groups?.length ?? 0) + (value.agents?.length ?? 0);

interface PickerProps {
  id?: string;
  label: string;
  all: Named[];
  chosen: string[];
  error?: string | undefined;
  onChange: (ids: string[]) => void;
}

// A long list of names, some of them chosen, with a field that finds.
export function Picker({ id, label, all, chosen, error, onChange }: PickerProps) {
  const [find, setFind] = useState('');
  const wanted = find.trim().toLowerCase();
  const found = useMemo(() => all.filter((one) => one.name.toLowerCase().includes(wanted)), [all, wanted]);
  const toggle = (id: string, on: boolean) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id));
  return (
    <fieldset class={error ? 'field choices wrong' : 'field choices'} id={id} tabIndex={-1}>
      <legend>{label}</legend>
      {error && <p class="field-error">{error}</p>}
      {all.length > 10 && (
        <input type="search" aria-label={t('filter.search')} placeholder={t('filter.search')} value={find} onInput={(event) => setFind((event.target as HTMLInputElement).value)} />
      )}
      <div class="picker">
        {found.slice(0, SHOWN).map((one) => (
          <label key={one.id} class="choice">
            <input type="checkbox" checked={chosen.includes(one.id)} onChange={(event) => toggle(one.id, (event.target as HTMLInputElement).checked)} />
            {one.name}
          </label>
        ))}
      </div>
      {found.length > SHOWN && <p class="help">{tn('targets.more', found.length - SHOWN)}</p>}
      {all.length === 0 && <p class="quiet">{t('targets.none_there')}</p>}
    </fieldset>
  );
}

// The first of the chosen devices by name; more would say nothing.
export function ChosenDevices({ ids, onChange }: { ids: string[]; onChange: (ids: string[]) => void }) {
  const first = ids.slice(0, SHOWN);
  const names = useResource<Page<Pick<Device, 'id' | 'name' | 'address'>>>(first.length ? `/devices?f=id:in:${first.join(',')}&fields=id,name,address&size=200` : null, true);
  const known = new Map(names.data?.items.map((device) => [device.id, device.name || device.address]));
  return (
    <>
      <ul class="chosen">
        {first.map((id) => {
          const name = known.get(id) ?? id;
          return (
            <li key={id}>
              {name}
              <button type="button" class="button plain small" aria-label={t('targets.drop', { name })} onClick={() => onChange(ids.filter((one) => one !== id))}>
                <Icon name="close" />
              </button>
            </li>
          );
        })}
      </ul>
      {ids.length > SHOWN && <p class="quiet">{tn('targets.more', ids.length - SHOWN)}</p>}
    </>
  );
}

interface TargetsProps extends FieldProps {
  kind: string; // "devices" or "agents"
  agents: Agent[];
  groups: Group[];
  onPick: () => void;
}

export function TargetsField({ id, value, error, onChange, kind, agents, groups, onPick }: TargetsProps) {
  const targets = value as Targets;
  const set = (change: Targets) => onChange({ ...targets, ...change });
  const devices = targets.devices ?? [];
  return (
    <div class={error ? 'field wrong' : 'field'} id={id} tabIndex={-1} role="group" aria-labelledby={`${id}-label`} aria-describedby={error ? `${id}-error` : undefined}>
      <span class="label" id={`${id}-label`}>
        {t('targets.selected')}
        <Required /> <span class="quiet">{tn('list.selected', targetCount(targets))}</span>
      </span>
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {kind === 'agents' ? (
        <Picker label={t('menu.agents')} all={agents} chosen={targets.agents ?? []} onChange={(next) => set({ agents: next })} />
      ) : (
        <>
          <section class="field" aria-label={t('menu.devices')}>
            <div class="actions">
              <b>{t('menu.devices')}</b>
              <button type="button" class="button" onClick={onPick}>
                <Icon name="plus" />
                {t('targets.choose')}
              </button>
              {devices.length > 0 && (
                <button type="button" class="button plain" onClick={() => set({ devices: [] })}>
                  {t('list.select_none')}
                </button>
              )}
            </div>
            <ChosenDevices ids={devices} onChange={(next) => set({ devices: next })} />
          </section>
          <Picker
            label={t('menu.groups')}
            all={groups.map(({ id: group, name, path }) => ({ id: group, name: path || name }))}
            chosen={targets.groups ?? []}
            onChange={(next) => set({ groups: next })}
          />
          <p class="help">{t('targets.groups_help')}</p>
        </>
      )}
    </div>
  );
}

interface DevicePickerProps {
  agents: Agent[];
  regions: Named[];
  groups: Named[];
  onAdd: (ids: string[]) => void;
  onClose: () => void;
}

// The device list with its filter; what is selected there is added.
export function DevicePicker({ agents, regions, groups, onAdd, onClose }: DevicePickerProps) {
  return (
    <Dialog title={t('targets.choose')} onClose={onClose} wide>
      <List<Device>
        id="devices"
        label={t('menu.device_list')}
        path="/devices"
        only="managed:eq:true"
        columns={deviceColumns(agents)}
        rowId={(d) => d.id}
        sort="name"
        fields
        filters={deviceFilters(agents, regions, mayUse('groups') ? groups : [])}
        searchLabel={t('devices.search')}
        views
        actions={[
          {
            label: t('targets.add'),
            run: async (ids) => {
              if (ids.length > TARGETS_MAX) {
                toast(t('targets.too_many', { max: TARGETS_MAX }), { tone: 'error' });
                return;
              }
              onAdd(ids);
              onClose();
            },
          },
        ]}
        empty={<Empty title={t('devices.empty')} />}
      />
    </Dialog>
  );
}

// What the choice of targets needs around it.
export function useTargetSources(): { agents: Agent[]; groups: Group[]; regions: Named[]; ready: boolean } {
  const agents = useResource<Page<Agent>>(mayUse('discovery') ? '/agents?size=200' : null);
  const groups = useAll<Group>('/groups?fields=id,name,path');
  const regions = useAll<Named>('/regions?fields=id,name');
  const ready = (groups.items !== undefined || groups.error !== undefined) && (regions.items !== undefined || regions.error !== undefined);
  return { agents: agents.data?.items ?? [], groups: groups.items ?? [], regions: regions.items ?? [], ready };
}
