// What can be filtered: the kinds of fields, their operators, and a condition said in words.
import { code, t } from '../lib/i18n';
import { formatNumber, formatTime } from '../lib/format';
import { byField, parseCondition, type Condition, type Operator } from '../lib/filter';

export interface FilterField {
  id: string;
  label: string;
  type: 'text' | 'choice' | 'number' | 'time';
  options?: { value: string; label: string }[];
  // Only these operators, where the other side knows fewer.
  operators?: Operator[];
}

export function operatorsOf(field: FilterField): Operator[] {
  if (field.operators) {
    return field.operators;
  }
  switch (field.type) {
    case 'choice':
      return ['eq'];
    case 'number':
      return ['ge', 'gt', 'le', 'lt', 'eq', 'ne'];
    case 'time':
      return ['ge', 'le'];
    case 'text':
      return ['contains', 'eq', 'ne', 'begins', 'ends', 'empty'];
  }
}

export function operatorWord(field: FilterField, op: Operator): string {
  return code(field.type === 'time' ? 'op_time' : 'op', op);
}

export function valueText(field: FilterField, condition: Condition): string {
  const { value } = condition;
  if (field.type === 'choice') {
    return field.options?.find((o) => o.value === value)?.label ?? value;
  }
  if (field.type === 'number' && value !== '' && Number.isFinite(Number(value))) {
    return formatNumber(Number(value));
  }
  if (field.type === 'time' && !Number.isNaN(Date.parse(value))) {
    return formatTime(value);
  }
  return value;
}

// A whole filter in words, a field a line.
export function filterText(fields: FilterField[], conditions: string[]): string {
  const known = conditions.map(parseCondition).filter((c) => c !== undefined);
  const fieldOf = (id: string) => fields.find((field) => field.id === id) ?? { id, label: id, type: 'text' as const };
  return byField(known)
    .map(([id, own]) => conditionText(fieldOf(id), own))
    .join('\n');
}

// "Model begins with MP or contains C25", "Severity is Error or Warning".
export function conditionText(field: FilterField, conditions: Condition[]): string {
  let before: Operator | undefined;
  const parts: string[] = [];
  for (const condition of conditions) {
    if (condition.op === 'empty') {
      parts.push(condition.value === 'false' ? t('op.not_empty') : t('op.empty'));
    } else {
      const value = valueText(field, condition);
      parts.push(condition.op === before ? value : `${operatorWord(field, condition.op)} ${value}`);
    }
    before = condition.op;
  }
  return `${field.label} ${parts.join(` ${t('filter.or')} `)}`;
}
