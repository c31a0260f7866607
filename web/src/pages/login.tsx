// The door: name and password, then back to where one wanted to go.
import { login } from '../api/session';
import { t } from '../lib/i18n';
import { navigate, usePlace } from '../lib/router';
import { safeReturn } from '../lib/safe';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { LanguageChoice } from '../shell/header';

export function LoginPage() {
  const { query } = usePlace();
  return (
    <main class="door">
      <div class="door-box">
        <p class="door-brand">{t('app.name')}</p>
        <Head title={t('login.title')} />
        <Form
          guard={false}
          fields={[
            { name: 'user', label: t('login.user'), type: 'text', required: true, autocomplete: 'username' },
            { name: 'password', label: t('login.password'), type: 'password', required: true, autocomplete: 'current-password' },
          ]}
          values={{ user: '', password: '' }}
          submit={t('login.submit')}
          onSubmit={async (values) => {
            await login(String(values['user']), String(values['password']));
            await navigate(safeReturn(query.get('return')), true);
          }}
        />
        <LanguageChoice />
      </div>
    </main>
  );
}
