// One's own account: address, password, second factor, sessions, tokens, display (ACC-67, SYS-207).
import { patch, put } from '../api/http';
import { useAll } from '../api/resource';
import { keep, me, settings, stay } from '../api/session';
import type { Me, Named } from '../api/types';
import { code, t } from '../lib/i18n';
import { usePlace } from '../lib/router';
import { useStore } from '../lib/store';
import { Chooser, chosenColumns } from '../parts/columns';
import { Facts } from '../parts/facts';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Tabs } from '../parts/tabs';
import { fail, toast } from '../parts/toast';
import { may } from '../shell/entries';
import { AppearanceChoices, LanguageChoice } from '../shell/header';
import { deviceColumns } from './devicecolumns';
import { newPasswordFields, samePasswords, usePasswordRules, withHelp } from './passwordfields';
import { regionNames } from './regionfields';
import { SecondFactor } from './secondfactor';
import { Sessions } from './sessions';
import { Tokens } from './tokens';
import { functionName } from './userfields';

const tabs = ['account', 'security', 'sessions', 'tokens', 'display'] as const;

function Account({ user }: { user: Me }) {
  const regions = useAll<Named>('/regions?fields=id,name').items ?? [];
  return (
    <div class="cards">
      <section class="card" aria-labelledby="profile-facts">
        <h2 id="profile-facts">{t('user.account')}</h2>
        <Facts
          facts={[
            { label: t('login.user'), value: user.name },
            { label: t('user.kind'), value: code('user_kind', user.kind) },
            { label: t('user.role'), value: code('role', user.role) },
            user.role === 'device-manager' && { label: t('user.functions'), value: (user.functions ?? []).map((id) => functionName(id)).join(', ') },
            regions.length > 0 && {
              label: t('menu.regions'),
              value: user.all_regions ? t('region.all') : regionNames(user.regions ?? [], regions) || t('region.none_at_all'),
            },
          ]}
        />
      </section>
      <section class="card" aria-labelledby="profile-email">
        <h2 id="profile-email">{t('setup.email')}</h2>
        {user.kind === 'local' ? (
          <Form
            fields={[{ name: 'email', label: t('setup.email'), type: 'email', maxLength: 254, autocomplete: 'email', help: t('user.email_help') }]}
            values={{ email: user.email ?? '' }}
            submit={t('action.save')}
            onSubmit={async (values) => {
              await patch('/me', { email: values['email'] });
              await stay();
              toast(t('profile.saved'));
            }}
          />
        ) : (
          <>
            <p>{user.email || '–'}</p>
            <p class="quiet">{t('profile.directory')}</p>
          </>
        )}
      </section>
    </div>
  );
}

function Security({ user }: { user: Me }) {
  const rules = usePasswordRules();
  if (user.kind !== 'local') {
    return <p class="quiet">{t('profile.directory')}</p>;
  }
  return (
    <div class="cards">
      <section class="card" aria-labelledby="profile-password">
        <h2 id="profile-password">{t('password.change')}</h2>
        <p class="quiet">{t('password.change_text')}</p>
        <Form
          fields={[
            { name: 'current', label: t('password.current'), type: 'password', required: true, autocomplete: 'current-password' },
            ...newPasswordFields(withHelp(rules)),
          ]}
          values={{ current: '', password: '', again: '' }}
          submit={t('password.change')}
          checkAll={samePasswords}
          reset
          onSubmit={async ({ current, password }) => {
            await put('/me/password', { current, password });
            await stay();
            toast(t('password.changed'));
          }}
        />
      </section>
      <section class="card" aria-labelledby="profile-factor">
        <h2 id="profile-factor">{t('user.second_factor')}</h2>
        <SecondFactor />
      </section>
    </div>
  );
}

function Display() {
  const columns = deviceColumns();
  const shown = chosenColumns(columns, useStore(settings)['columns.devices']);
  return (
    <div class="cards">
      <section class="card" aria-labelledby="profile-display">
        <h2 id="profile-display">{t('profile.look')}</h2>
        <LanguageChoice />
        <AppearanceChoices />
      </section>
      {may('/devices') && (
        <section class="card" aria-labelledby="profile-columns">
          <h2 id="profile-columns">{t('profile.columns')}</h2>
          <Chooser columns={columns} shown={shown} onChange={(next) => void keep('columns.devices', next).catch(fail)} />
        </section>
      )}
    </div>
  );
}

export function ProfilePage() {
  const { query } = usePlace();
  const user = useStore(me);
  const tab = tabs.find((name) => name === query.get('tab')) ?? 'account';
  if (!user) {
    return null;
  }
  return (
    <div class={tab === 'tokens' ? 'page fill' : 'page'}>
      <Head title={t('profile.title')} state={<span class="quiet">{user.name}</span>} />
      <Tabs
        label={t('profile.title')}
        current={tab}
        tabs={tabs.map((name) => ({ id: name, label: code('profile_tab', name), href: name === 'account' ? '/profile' : `/profile?tab=${name}` }))}
      />
      {tab === 'account' && <Account user={user} />}
      {tab === 'security' && <Security user={user} />}
      {tab === 'sessions' && <Sessions path="/me/sessions" own />}
      {tab === 'tokens' && <Tokens everybody={false} />}
      {tab === 'display' && <Display />}
    </div>
  );
}
