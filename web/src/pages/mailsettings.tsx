// E-mail (PRF-04 to PRF-10): how mails are sent, and a test that shows the server's own words.
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import { explain } from '../api/problem';
import type { Resource } from '../api/resource';
import { me } from '../api/session';
import type { Preferences } from '../api/types';
import { code, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import type { FieldSpec, FormValues } from '../parts/field';
import { numberField, secretFields, SettingsSection, type Members } from './settings';

const securities = ['tls', 'starttls', 'none'];

function fields(members: Members): FieldSpec[] {
  const anonymous = (values: FormValues) => values['authentication'] !== true;
  return [
    { name: 'sender', label: t('mail.sender'), type: 'email', required: true, maxLength: 254 },
    { name: 'host', label: t('mail.host'), type: 'text', required: true, maxLength: 253 },
    { name: 'security', label: t('mail.security'), type: 'select', options: securities.map((value) => ({ value, label: code('security', value) })) },
    numberField('port', t('mail.port'), 1, 65535, { help: t('mail.port_help') }),
    { name: 'authentication', label: t('mail.authentication'), type: 'checkbox' },
    { name: 'user', label: t('login.user'), type: 'text', required: true, maxLength: 255, hidden: anonymous },
    ...secretFields({ name: 'password', label: t('login.password'), type: 'password', required: true, autocomplete: 'new-password', hidden: anonymous }, members),
  ];
}

function Test() {
  const own = useStore(me)?.email;
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ ok: boolean; text: string }>();
  const send = async () => {
    setBusy(true);
    try {
      const { data } = await post<{ to?: string }>('/preferences/mail/test');
      setOutcome({ ok: true, text: t('mail.test_sent', { to: data?.to ?? own ?? '' }) });
    } catch (error) {
      setOutcome({ ok: false, text: `${t('mail.test_failed')} ${explain(error)}` });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card" aria-labelledby="mail-test">
      <h2 id="mail-test">{t('mail.test')}</h2>
      <p class="quiet">{own ? t('mail.test_text', { to: own }) : t('mail.test_nobody')}</p>
      {outcome && (
        <p class={outcome.ok ? 'notice tone-ok' : 'notice tone-error'} role="status">
          {outcome.text}
        </p>
      )}
      <div class="actions">
        <button type="button" class="button" disabled={busy || !own} onClick={() => void send()}>
          {busy ? t('mail.test_running') : t('mail.test')}
        </button>
        {!own && (
          <a class="button" href="/profile">
            {t('mail.test_address')}
          </a>
        )}
      </div>
    </section>
  );
}

export function MailSettings({ all }: { all: Resource<Preferences> }) {
  return (
    <>
      <SettingsSection group="mail" title={t('settings.mail')} text={t('mail.text')} fields={fields(all.data?.['mail'] ?? {})} all={all} />
      <Test />
    </>
  );
}
