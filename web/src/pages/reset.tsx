// A forgotten password: whose, then the key that came by mail and a new password (ACC-15 to ACC-18).
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import { t } from '../lib/i18n';
import { navigate, usePlace } from '../lib/router';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { LanguageChoice } from '../shell/header';
import { newPasswordFields, samePasswords } from './passwordfields';

function Ask({ onSent }: { onSent: () => void }) {
  return (
    <>
      <p>{t('reset.text')}</p>
      <Form
        guard={false}
        fields={[{ name: 'user', label: t('login.user'), type: 'text', required: true, autocomplete: 'username' }]}
        values={{ user: '' }}
        submit={t('reset.submit')}
        onSubmit={async (values) => {
          await post('/login/reset', { user: values['user'] });
          onSent();
          await navigate(`/reset?user=${encodeURIComponent(String(values['user']))}`);
        }}
      />
    </>
  );
}

function Confirm({ user, sent }: { user: string; sent: boolean }) {
  return (
    <>
      {sent && (
        <p class="notice" role="status">
          {t('reset.sent')}
        </p>
      )}
      <Form
        guard={false}
        fields={[
          { name: 'user', label: t('login.user'), type: 'text', required: true, autocomplete: 'username' },
          { name: 'key', label: t('reset.key'), type: 'text', required: true, help: t('reset.key_help') },
          ...newPasswordFields(),
        ]}
        values={{ user, key: '', password: '', again: '' }}
        submit={t('reset.confirm')}
        checkAll={samePasswords}
        onSubmit={async ({ user: name, key, password }) => {
          await post('/login/reset/confirm', { user: name, key: String(key).trim(), password });
          await navigate('/login?reset=done', true);
        }}
      />
      <p>
        <a href="/reset">{t('reset.again')}</a>
      </p>
    </>
  );
}

export function ResetPage() {
  const { query } = usePlace();
  const [sent, setSent] = useState(false);
  const user = query.get('user') ?? '';
  return (
    <main class="door">
      <div class="door-box">
        <p class="door-brand">{t('app.name')}</p>
        <Head title={t('reset.title')} />
        {user === '' ? <Ask onSent={() => setSent(true)} /> : <Confirm key={user} user={user} sent={sent} />}
        <p>
          <a href="/login">{t('reset.back')}</a>
        </p>
        <LanguageChoice />
      </div>
    </main>
  );
}
