// All regions or some of them: the same two fields for users, tokens and groups. They are absent
// while there are no regions (ACC-64, ACC-70).
import { me } from '../api/session';
import type { Named } from '../api/types';
import { t } from '../lib/i18n';
import type { FieldSpec, FormValues } from '../parts/field';

export interface Reach {
  all_regions: boolean;
  regions: string[];
}

export function regionFields(regions: Named[], label: string, help: string, absent: (values: FormValues) => boolean = () => false): FieldSpec[] {
  // Who has regions can give no others.
  const whole = me.get()?.all_regions !== false;
  const options = [{ value: 'all', label: whole ? t('region.all') : t('region.all_own') }, { value: 'some', label: t('region.some') }];
  return [
    { name: 'scope', label, type: 'radio', help, options, pointer: '/all_regions', hidden: (values) => regions.length === 0 || absent(values) },
    {
      name: 'regions',
      label: t('region.some'),
      type: 'choices',
      options: regions.map(({ id, name }) => ({ value: id, label: name })),
      hidden: (values) => regions.length === 0 || absent(values) || values['scope'] !== 'some',
    },
  ];
}

export function reachValues({ all_regions: all, regions }: Reach): FormValues {
  return { scope: all ? 'all' : 'some', regions: [...regions].sort() };
}

export function reachOf(values: FormValues): Reach {
  const all = values['scope'] !== 'some';
  return { all_regions: all, regions: all ? [] : (values['regions'] as string[]) };
}

export function regionNames(ids: string[], regions: Named[]): string {
  return ids.map((id) => regions.find((region) => region.id === id)?.name ?? id).join(', ');
}
