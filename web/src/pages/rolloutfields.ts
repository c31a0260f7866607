// How a task reaches its targets: a few first, then in batches, and when it stops by itself.
import type { Rollout, TaskMail } from '../api/types';
import { code, language, languageNames, languages, t } from '../lib/i18n';
import { lines } from '../lib/ranges';
import type { FieldSpec, FormValues } from '../parts/field';

type Share = { count?: number; percent?: number } | undefined;
const shares = ['canary', 'batch', 'halt'] as const;

export const rolloutNames = ['canary', 'canary_size', 'canary_percent', 'batch', 'batch_size', 'batch_percent', 'pause', 'halt', 'halt_size', 'halt_percent'];

const isOn = (values: FormValues, name: string) => values[name] === 'count' || values[name] === 'percent';
const waves = (values: FormValues) => isOn(values, 'canary') || isOn(values, 'batch');

export function rolloutFields(): FieldSpec[] {
  const pair = (name: (typeof shares)[number], label: string, help: string): FieldSpec[] => [
    { name, label, type: 'select', help, pointer: `/rollout/${name}`, options: ['', 'count', 'percent'].map((value) => ({ value, label: code('rollout_share', value || 'off') })) },
    {
      name: `${name}_size`,
      label: `${label}: ${t('rollout.count')}`,
      type: 'number',
      required: true,
      min: 1,
      max: 50000,
      pointer: `/rollout/${name}/count`,
      hidden: (values) => values[name] !== 'count',
    },
    {
      name: `${name}_percent`,
      label: `${label}: ${t('rollout.percent')}`,
      type: 'number',
      required: true,
      min: 1,
      max: 100,
      unit: t('unit.percent'),
      pointer: `/rollout/${name}/percent`,
      hidden: (values) => values[name] !== 'percent',
    },
  ];
  return [
    ...pair('canary', t('rollout.canary'), t('rollout.canary_help')),
    ...pair('batch', t('rollout.batch'), t('rollout.batch_help')),
    { name: 'pause', label: t('rollout.pause'), type: 'number', unit: t('unit.seconds'), min: 0, max: 604800, pointer: '/rollout/pause_s', hidden: (values) => !waves(values) },
    ...pair('halt', t('rollout.halt'), t('rollout.halt_help')),
  ];
}

export function rolloutValues(rollout: Rollout | null | undefined): FormValues {
  const out: FormValues = { pause: String(rollout?.pause_s ?? 0) };
  for (const name of shares) {
    const share: Share = rollout?.[name];
    out[name] = share?.count !== undefined ? 'count' : share?.percent !== undefined ? 'percent' : '';
    out[`${name}_size`] = String(share?.count ?? 5);
    out[`${name}_percent`] = String(share?.percent ?? 10);
  }
  return out;
}

export function rolloutOf(values: FormValues): Rollout {
  const out: Rollout = {};
  for (const name of shares) {
    if (values[name] === 'count') {
      out[name] = { count: Number(values[`${name}_size`]) };
    } else if (values[name] === 'percent') {
      out[name] = { percent: Number(values[`${name}_percent`]) };
    }
  }
  if (waves(values) && Number(values['pause']) > 0) {
    out.pause_s = Number(values['pause']);
  }
  return out;
}

// ---- mails about runs (TSK-33 to TSK-36) ----

export const mailConditions = ['never', 'always', 'error', 'success', 'changes'];

export function mailFields(): FieldSpec[] {
  const silent = (values: FormValues) => values['condition'] === 'never';
  const options = (family: string, values: string[]) => values.map((value) => ({ value, label: code(family, value) }));
  const fields: FieldSpec[] = [
    { name: 'condition', label: t('taskmail.condition'), type: 'radio', options: options('mail_condition', mailConditions), help: t('taskmail.help') },
    { name: 'to', label: t('taskmail.to'), type: 'lines', required: true, help: t('taskmail.to_help'), hidden: silent },
    { name: 'priority', label: t('taskmail.priority'), type: 'select', options: options('mail_priority', ['low', 'normal', 'high']), hidden: silent },
    { name: 'language', label: t('user.language'), type: 'select', options: languages.map((value) => ({ value, label: languageNames[value] })), hidden: silent },
    { name: 'attach', label: t('taskmail.attach'), type: 'select', options: options('mail_attach', ['none', 'csv', 'text', 'xlsx']), pointer: '/mail/attach/format', hidden: silent },
    {
      name: 'content',
      label: t('taskmail.content'),
      type: 'select',
      options: options('mail_content', ['all', 'failed']),
      pointer: '/mail/attach/content',
      hidden: (values) => silent(values) || values['attach'] === 'none',
    },
  ];
  return fields.map((field) => ({ pointer: `/mail/${field.name}`, ...field }));
}

export function mailValues(mail: TaskMail | null | undefined): FormValues {
  return {
    condition: mail?.condition ?? 'never',
    to: (mail?.to ?? []).join('\n'),
    priority: mail?.priority ?? 'normal',
    language: mail?.language ?? language.get(),
    attach: mail?.attach?.format ?? 'none',
    content: mail?.attach?.content ?? 'all',
  };
}

export function mailOf(values: FormValues): TaskMail {
  if (values['condition'] === 'never') {
    return { condition: 'never' };
  }
  return {
    condition: String(values['condition']),
    to: lines(String(values['to'])),
    priority: String(values['priority']),
    language: String(values['language']),
    attach: values['attach'] === 'none' ? null : { format: String(values['attach']), content: String(values['content']) },
  };
}
