// The door: name and password, a code where there is a second factor, or single sign-on; then back
// to where one wanted to go (ACC-08 to ACC-11, ACC-27).
import { useState } from 'preact/hooks';
import { hasBegun } from '../api/installation';
import { Problem, explain } from '../api/problem';
import { useResource } from '../api/resource';
import { login, loginWithTicket, type Login } from '../api/session';
import type { LoginWays } from '../api/types';
import { t } from '../lib/i18n';
import { navigate, usePlace } from '../lib/router';
import { safeReturn } from '../lib/safe';
import type { FieldSpec } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { LanguageChoice } from '../shell/header';

// Why one stands at the door, when it was not one's own doing.
function Why({ query }: { query: URLSearchParams }) {
  const known = query.get('ended') === 'idle' ? t('login.ended') : query.get('reset') === 'done' ? t('login.reset_done') : undefined;
  const text = known ?? (hasBegun() ? t('fn.after_installation') : undefined);
  return text ? (
    <p class="notice" role="status">
      {text}
    </p>
  ) : null;
}

function Password({ ways, onLogin }: { ways: LoginWays | undefined; onLogin: (given: Login) => Promise<void> }) {
  const fields: FieldSpec[] = [
    {
      name: 'user',
      label: t('login.user'),
      type: 'text',
      required: true,
      autocomplete: 'username',
      ...(ways?.directory ? { help: t('login.user_help') } : {}),
    },
    { name: 'password', label: t('login.password'), type: 'password', required: true, autocomplete: 'current-password' },
    { name: 'remember', label: t('login.remember'), type: 'checkbox' },
  ];
  return (
    <Form
      guard={false}
      fields={fields}
      values={{ user: '', password: '', remember: false }}
      submit={t('login.submit')}
      onSubmit={(values) =>
        onLogin({ user: String(values['user']), password: String(values['password']), remember: values['remember'] === true })
      }
    />
  );
}

function SecondFactor({ given, onLogin, onBack }: { given: Login; onLogin: (given: Login) => Promise<void>; onBack: () => void }) {
  return (
    <>
      <p>{t('login.second_text')}</p>
      <Form
        guard={false}
        fields={[
          {
            name: 'code',
            label: t('login.code'),
            type: 'text',
            required: true,
            maxLength: 64,
            autocomplete: 'one-time-code',
            autofocus: true,
            help: t('login.code_help'),
          },
        ]}
        values={{ code: '' }}
        submit={t('login.submit')}
        onCancel={onBack}
        onSubmit={(values) => onLogin({ ...given, code: String(values['code']).replace(/\s+/g, '') })}
      />
    </>
  );
}

// The browser itself answers the server's question for a ticket, if it was told to trust the server.
function SingleSignOn({ onDone }: { onDone: () => Promise<void> }) {
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const enter = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      await loginWithTicket();
      await onDone();
    } catch (error) {
      setFailure(error instanceof Problem && error.status === 401 ? t('login.no_ticket') : explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {failure && (
        <p class="notice tone-error" role="alert">
          {failure}
        </p>
      )}
      <button type="button" class="button" disabled={busy} onClick={() => void enter()}>
        {t('login.single')}
      </button>
    </>
  );
}

export function LoginPage() {
  const { query } = usePlace();
  const ways = useResource<LoginWays>('/login').data;
  const [given, setGiven] = useState<Login>();
  const arrive = () => navigate(safeReturn(query.get('return')), true);
  const enter = async (next: Login) => {
    try {
      await login(next);
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'second-factor-required')) {
        throw error;
      }
      setGiven(next);
      return;
    }
    await arrive();
  };
  return (
    <main class="door">
      <div class="door-box">
        <p class="door-brand">{t('app.name')}</p>
        <Head title={given ? t('login.second') : t('login.title')} />
        {given ? (
          <SecondFactor given={given} onLogin={enter} onBack={() => setGiven(undefined)} />
        ) : (
          <>
            <Why query={query} />
            <Password ways={ways} onLogin={enter} />
            {ways?.kerberos && <SingleSignOn onDone={arrive} />}
            {ways?.reset && (
              <p>
                <a href="/reset">{t('login.forgot')}</a>
              </p>
            )}
          </>
        )}
        <LanguageChoice />
      </div>
    </main>
  );
}
