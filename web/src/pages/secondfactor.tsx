// The second factor of a local user: a secret that an app keeps, proved by a code, and recovery codes
// that are shown once.
import { useState } from 'preact/hooks';
import { post, put } from '../api/http';
import { me, stay } from '../api/session';
import { t, tn } from '../lib/i18n';
import { saveFile } from '../lib/save';
import { useStore } from '../lib/store';
import { Copy } from '../parts/facts';
import { Form } from '../parts/form';
import { Qr } from '../parts/qr';
import { Status } from '../parts/status';
import { toast } from '../parts/toast';

interface Offer {
  secret: string;
  uri: string;
  qr: string;
}

const current = () => ({ name: 'password', label: t('password.current'), type: 'password' as const, required: true, autocomplete: 'current-password' });

function Codes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const text = codes.join('\n');
  return (
    <>
      <p class="notice tone-warning">{tn('factor.codes_text', codes.length)}</p>
      <ul class="codes" aria-label={t('factor.codes')}>
        {codes.map((one) => (
          <li key={one}>
            <code>{one}</code>
          </li>
        ))}
      </ul>
      <div class="actions">
        <Copy value={text} label={t('factor.codes')} />
        <button type="button" class="button" onClick={() => saveFile([`${text}\n`], 'text/plain', 'platen-recovery-codes.txt')}>
          {t('factor.save')}
        </button>
        <button type="button" class="button primary" onClick={onDone}>
          {t('factor.kept')}
        </button>
      </div>
    </>
  );
}

function Prove({ offer, onProved, onCancel }: { offer: Offer; onProved: (codes: string[]) => void; onCancel: () => void }) {
  return (
    <>
      <p>{t('factor.scan')}</p>
      <Qr svg={offer.qr} label={t('factor.qr')} />
      <p class="secret">
        <code>{offer.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
        <Copy value={offer.secret} label={t('factor.secret')} />
      </p>
      <Form
        guard={false}
        fields={[{ name: 'code', label: t('login.code'), type: 'text', required: true, maxLength: 16, autocomplete: 'one-time-code' }]}
        values={{ code: '' }}
        submit={t('factor.prove')}
        onCancel={onCancel}
        onSubmit={async (values) => {
          const code = String(values['code']).replace(/\s+/g, '');
          onProved((await put<{ recovery_codes: string[] }>('/me/second-factor', { code })).data.recovery_codes);
        }}
      />
    </>
  );
}

export function SecondFactor() {
  const on = useStore(me)?.second_factor === true;
  const [offer, setOffer] = useState<Offer>();
  const [codes, setCodes] = useState<string[]>();
  if (codes) {
    const done = () => {
      setCodes(undefined);
      void stay();
    };
    return <Codes codes={codes} onDone={done} />;
  }
  if (offer) {
    const proved = (fresh: string[]) => {
      setOffer(undefined);
      setCodes(fresh);
    };
    return <Prove offer={offer} onProved={proved} onCancel={() => setOffer(undefined)} />;
  }
  return (
    <>
      <p>
        <Status family="run" value={on ? 'success' : 'skipped'}>
          {on ? t('factor.on') : t('factor.off')}
        </Status>
      </p>
      <p class="quiet">{on ? t('factor.on_text') : t('factor.off_text')}</p>
      <Form
        key={on ? 'on' : 'off'}
        guard={false}
        fields={[current()]}
        values={{ password: '' }}
        submit={on ? t('factor.disable') : t('factor.enable')}
        danger={on}
        onSubmit={async ({ password }) => {
          if (on) {
            await post('/me/second-factor/disable', { password });
            toast(t('user.factor_removed'));
            await stay();
          } else {
            setOffer((await post<Offer>('/me/second-factor', { password })).data);
          }
        }}
      />
    </>
  );
}
