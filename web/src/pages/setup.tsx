// First start: the first administrator, with the token that the daemon printed (ACC-02 to ACC-05).
import { useResource } from '../api/resource';
import { login } from '../api/session';
import { post } from '../api/http';
import { t } from '../lib/i18n';
import { navigate, usePlace } from '../lib/router';
import type { FieldSpec } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { LanguageChoice } from '../shell/header';

// At least eight characters of three of four kinds.
export function strongEnough(password: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password));
  return password.length >= 8 && kinds.length >= 3;
}

export function SetupPage() {
  const { query } = usePlace();
  const { data } = useResource<{ needed: boolean }>('/setup');
  const token = query.get('token') ?? '';
  const fields: FieldSpec[] = [
    { name: 'token', label: t('setup.token'), type: 'text', required: true, help: t('setup.token_help'), hidden: () => token !== '' },
    {
      name: 'password',
      label: t('setup.password'),
      type: 'password',
      required: true,
      help: t('setup.password_help'),
      autocomplete: 'new-password',
      check: (value) => (strongEnough(String(value)) ? undefined : t('setup.password_help')),
    },
    { name: 'again', label: t('setup.again'), type: 'password', required: true, autocomplete: 'new-password' },
    { name: 'email', label: t('setup.email'), type: 'email', required: true, autocomplete: 'email' },
  ];
  return (
    <main class="door">
      <div class="door-box">
        <p class="door-brand">{t('app.name')}</p>
        <Head title={t('setup.title')} />
        {data && !data.needed ? (
          <>
            <p>{t('setup.done')}</p>
            <a class="button primary" href="/login">
              {t('login.submit')}
            </a>
          </>
        ) : (
          <>
            <p>{t('setup.text')}</p>
            <SetupForm fields={fields} token={token} />
          </>
        )}
        <LanguageChoice />
      </div>
    </main>
  );
}

function SetupForm({ fields, token }: { fields: FieldSpec[]; token: string }) {
  return (
    <Form
      guard={false}
      fields={fields}
      values={{ token, password: '', again: '', email: '' }}
      submit={t('setup.submit')}
      checkAll={(values): Record<string, string> =>
        values['password'] === values['again'] ? {} : { again: t('setup.differ') }
      }
      onSubmit={async (values) => {
        const { token: given, password, email } = values;
        await post('/setup', { token: given, password, email });
        await login({ user: 'Administrator', password: String(password) });
        await navigate('/discovery', true);
      }}
    />
  );
}
