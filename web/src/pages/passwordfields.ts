// A new password, typed twice, with the rules that it has to follow (ACC-36, ACC-37). The server
// judges; what it refuses stands at the field.
import { useResource } from '../api/resource';
import type { Preferences } from '../api/types';
import { t } from '../lib/i18n';
import type { FieldSpec, FormValues } from '../parts/field';

export function newPasswordFields(more: Partial<FieldSpec> = {}): FieldSpec[] {
  return [
    { name: 'password', label: t('password.new'), type: 'password', required: true, autocomplete: 'new-password', ...more },
    { name: 'again', label: t('password.again'), type: 'password', autocomplete: 'new-password', required: more.required ?? true },
  ];
}

// The rules in words; undefined until they are known, and where they are not told.
export function usePasswordRules(): string | undefined {
  const policy = useResource<Preferences>('/preferences').data?.['account_policy'];
  if (!policy) {
    return undefined;
  }
  const history = Number(policy['history'] ?? 0);
  return [
    t('password.rule_length', { min: Number(policy['min_length'] ?? 8) }),
    policy['classes'] === true && t('password.rule_classes'),
    policy['common'] === true && t('password.rule_common'),
    history > 0 && t('password.rule_history', { count: history }),
  ]
    .filter(Boolean)
    .join(' ');
}

export const withHelp = (help: string | undefined): Partial<FieldSpec> => (help ? { help } : {});

export function samePasswords(values: FormValues): Record<string, string> {
  return values['password'] === values['again'] ? {} : { again: t('setup.differ') };
}
