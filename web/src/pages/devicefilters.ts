// What devices can be filtered by: the same in the list and in registration conditions (DEV-100).
import type { Named } from '../api/types';
import { code, t } from '../lib/i18n';
import type { FilterField } from '../parts/filterfield';

export const severities = ['service', 'error', 'warning', 'normal'];
export const powers = ['on', 'off', 'no-response', 'conflict', 'unknown'];

const choices = (family: string, values: string[]) =>
  values.map((value) => ({ value, label: code(family, value) }));

export function deviceFilters(agents: Named[], regions: Named[] = [], groups: Named[] = []): FilterField[] {
  const fields: FilterField[] = [
    { id: 'severity', label: t('device.severity'), type: 'choice', options: choices('severity', severities) },
    { id: 'power', label: t('device.power'), type: 'choice', options: choices('power', powers) },
    { id: 'alert', label: t('device.error_content'), type: 'text' },
    { id: 'supply_lowest', label: t('device.supply_lowest'), type: 'number' },
    { id: 'name', label: t('device.name'), type: 'text' },
    { id: 'address', label: t('device.address'), type: 'text' },
    { id: 'hostname', label: t('device.hostname'), type: 'text' },
    { id: 'manufacturer', label: t('device.manufacturer'), type: 'text' },
    { id: 'model', label: t('device.model'), type: 'text' },
    { id: 'serial', label: t('device.serial'), type: 'text' },
    { id: 'mac', label: t('device.mac'), type: 'text' },
    { id: 'firmware', label: t('device.firmware'), type: 'text' },
    { id: 'location', label: t('device.location'), type: 'text' },
    { id: 'contact', label: t('device.contact'), type: 'text' },
    { id: 'comment', label: t('device.comment'), type: 'text' },
    { id: 'page_count', label: t('device.page_count'), type: 'number' },
    { id: 'first_seen', label: t('device.first_seen'), type: 'time' },
    { id: 'last_seen', label: t('device.last_seen'), type: 'time' },
    {
      id: 'managed',
      label: t('device.managed'),
      type: 'choice',
      options: [
        { value: 'true', label: t('value.yes') },
        { value: 'false', label: t('value.no') },
      ],
    },
  ];
  const named = (id: string, label: string, values: Named[], enough: number) => {
    if (values.length >= enough) {
      fields.push({ id, label, type: 'choice', options: values.map((one) => ({ value: one.id, label: one.name })) });
    }
  };
  named('agent', t('device.agent'), agents, 2);
  named('region', t('device.region'), regions, 1);
  named('group', t('device.groups'), groups, 1);
  return fields;
}

// What is known of a device at discovery, before anything else was read.
export function conditionFields(): FilterField[] {
  const early = ['manufacturer', 'model', 'name', 'location', 'serial', 'address', 'hostname', 'firmware'];
  return deviceFilters([])
    .filter((field) => early.includes(field.id))
    .map((field) => ({ ...field, operators: ['eq', 'ne', 'begins', 'ends', 'contains'] }));
}
