// The form of a task: fields in tabs, and its values as the REST API wants them (TSK-11 to TSK-17).
import { me } from '../api/session';
import type { Agent, Group, Named, Task, TaskBody, TaskKind, Targets } from '../api/types';
import { t } from '../lib/i18n';
import { presets, tidy, type Json } from '../lib/schema';
import { scheduleValues, TARGETS, type Schedule } from '../lib/schedule';
import { ownZone } from '../lib/zones';
import type { FieldSpec, FormValues } from '../parts/field';
import type { FormTab } from '../parts/formtabs';
import { withoutEmptyLines } from '../parts/schemaform';
import { BatchEditor, checkBatch, hasNoSteps, tidyBatch } from './batcheditor';
import { reachOf, reachValues, regionFields } from './regionfields';
import { mailFields, mailOf, mailValues, rolloutFields, rolloutNames, rolloutOf, rolloutValues } from './rolloutfields';
import { NextTimes, scheduleFields, scheduleIn, scheduleNames } from './schedulefields';
import { schemaOf, settingsField } from './settingsfield';
import { targetCount, TargetsField } from './targetsfield';
import { canPreview, kindWord } from './taskkinds';

export interface TaskAround {
  agents: Agent[];
  groups: Group[];
  regions: Named[];
  kinds: TaskKind[];
  pick: (values: Targets, onChange: (next: Targets) => void) => void;
}

const BATCH = 'flow.batch';

// The steps of a batch task are a diagram; every other kind has the form of its schema.
function ownField(kind: TaskKind, kinds: TaskKind[]): FieldSpec {
  if (kind.id !== BATCH) {
    return settingsField(kind);
  }
  return {
    name: 'settings',
    label: t('batch.title'),
    type: 'custom',
    missing: (value) => hasNoSteps(value as Json),
    check: (value) => checkBatch(value as Json, kinds),
    draw: (props) => <BatchEditor {...props} kinds={kinds} />,
  };
}

function targetsField(kind: TaskKind, around: TaskAround): FieldSpec {
  return {
    name: 'targets',
    label: t('run.targets'),
    type: 'custom',
    missing: (value) => targetCount(value as Targets) === 0,
    draw: (props) => (
      <TargetsField {...props} kind={kind.targets} agents={around.agents} groups={around.groups} onPick={() => around.pick(props.value as Targets, (next) => props.onChange({ ...next }))} />
    ),
  };
}

export function taskFields(kind: TaskKind, around: TaskAround, zone: string): FieldSpec[] {
  return [
    { name: 'name', label: t('run.name'), type: 'text', required: true, maxLength: 255 },
    { name: 'active', label: t('builtin.active'), type: 'checkbox' },
    ...(kind.targets === 'devices' ? regionFields(around.regions, t('user.regions'), t('task.regions_help')) : []),
    ...scheduleFields(zone),
    ...(kind.targets === 'none' ? [] : [targetsField(kind, around)]),
    ownField(kind, around.kinds),
    ...(canPreview(kind) ? rolloutFields() : []),
    ...mailFields(),
  ];
}

export function taskTabs(kind: TaskKind, old?: Schedule): FormTab[] {
  const mail = mailFields().map((field) => field.name);
  return [
    { id: 'schedule', label: t('task.schedule'), fields: scheduleNames, after: (values) => <NextTimes schedule={scheduleIn(values, old)} /> },
    ...(kind.targets === 'none' ? [] : [{ id: 'targets', label: t('run.targets'), fields: ['targets'] }]),
    { id: 'settings', label: t('task.settings'), fields: ['settings'] },
    ...(canPreview(kind) ? [{ id: 'rollout', label: t('rollout.title'), fields: rolloutNames }] : []),
    { id: 'mail', label: t('settings.mail'), fields: mail },
  ];
}

export function taskValues(kind: TaskKind, around: TaskAround, task: TaskBody): FormValues {
  const user = me.get();
  const regions = task.regions ?? [];
  return {
    name: task.name ?? kindWord(kind.id, around.kinds),
    active: task.active ?? true,
    ...reachValues({ all_regions: regions.length === 0 && user?.all_regions !== false, regions: regions.length > 0 ? regions : (user?.regions ?? []) }),
    ...scheduleValues(task.schedule ?? { when: 'now' }, ownZone()),
    targets: { ...task.targets },
    settings: task.settings ?? presets(schemaOf(kind)),
    ...rolloutValues(task.rollout),
    ...mailValues(task.mail),
  };
}

// An empty list of targets is not sent.
function targetsOf(value: Targets): Targets {
  return Object.fromEntries(Object.entries(value).filter(([, ids]) => (ids as string[] | undefined)?.length));
}

export function taskBody(kind: TaskKind, values: FormValues, old?: Task): TaskBody {
  const { all_regions: all, regions } = reachOf(values);
  const schema = schemaOf(kind);
  const user = me.get();
  return {
    ...(old ? {} : { kind: kind.id }),
    name: String(values['name']).trim(),
    active: values['active'] === true,
    ...(kind.targets === 'devices' ? { regions: !all ? regions : user?.all_regions === false ? user.regions : [] } : {}),
    schedule: scheduleIn(values, old?.schedule),
    ...(kind.targets === 'none' ? {} : { targets: targetsOf(values['targets'] as Targets) }),
    settings: kind.id === BATCH ? tidyBatch(values['settings'] as Json) : (tidy(schema, withoutEmptyLines(schema, values['settings'] as Json)) as Json),
    ...(canPreview(kind) ? { rollout: rolloutOf(values) } : {}),
    mail: mailOf(values),
  };
}

export const zoneOf = (schedule: Schedule | undefined) => (schedule?.zone && schedule.zone !== TARGETS ? schedule.zone : ownZone());
