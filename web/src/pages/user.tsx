// One user: role, functions and regions; sessions; a lockout or a second factor to be ended
// (ACC-41, ACC-45, ACC-66).
import { get, patch, post, remove } from '../api/http';
import { useAll, useResource, type Resource } from '../api/resource';
import { me } from '../api/session';
import type { Named, RoleInfo, User } from '../api/types';
import { formatTime } from '../lib/format';
import { t } from '../lib/i18n';
import { navigate } from '../lib/router';
import { confirm } from '../parts/confirm';
import { Facts } from '../parts/facts';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Failed, Pending, Waiting } from '../parts/message';
import { Status } from '../parts/status';
import { fail, toast } from '../parts/toast';
import { samePasswords, usePasswordRules } from './passwordfields';
import { Sessions } from './sessions';
import { isFirst, userBody, userFields, userValues, type UserChoices } from './userfields';
import { originOf, stateOf } from './users';

const back = () => ({ href: '/users', text: t('menu.users') });

// What the form needs beside the user, and from where.
function useChoices(): { choices: UserChoices | undefined; sources: { error: unknown; reload: () => void }[] } {
  const rules = usePasswordRules();
  const roles = useResource<{ items: RoleInfo[] }>('/roles');
  const regions = useAll<Named>('/regions?fields=id,name');
  const choices = roles.data && regions.items && { roleInfo: roles.data.items, regions: regions.items, rules };
  return { choices, sources: [roles, regions] };
}

export function NewUserPage() {
  const { choices, sources } = useChoices();
  return (
    <div class="page">
      <Head title={t('user.add')} back={back()} />
      {!choices ? (
        <Pending of={sources} />
      ) : (
        <section class="card narrow-page">
          <Form
            fields={userFields(undefined, choices)}
            values={userValues(undefined)}
            submit={t('user.create')}
            checkAll={samePasswords}
            onCancel={() => void navigate('/users')}
            onSubmit={async (values) => {
              const { data } = await post<User>('/users', userBody(values, undefined));
              toast(t('user.created', { name: String(values['name']) }));
              await navigate(`/users/${data.id}`, true);
            }}
          />
        </section>
      )}
    </div>
  );
}

function Account({ one, user }: { one: Resource<User>; user: User }) {
  const { choices, sources } = useChoices();
  if (!choices) {
    return <Pending of={sources} />;
  }
  return (
    <>
      {user.kind === 'directory' && <p class="quiet">{t('user.directory_text')}</p>}
      <Form
        fields={userFields(user, choices)}
        values={userValues(user)}
        etag={one.etag}
        submit={t('action.save')}
        checkAll={samePasswords}
        reread={async () => {
          const fresh = await get<User>(`/users/${user.id}`);
          return { values: userValues(fresh.data), etag: fresh.etag };
        }}
        onSubmit={async (values, etag) => {
          await patch(`/users/${user.id}`, userBody(values, user), etag);
          toast(t('user.saved'));
          one.reload();
        }}
      />
    </>
  );
}

function State({ user, onDone }: { user: User; onDone: () => void }) {
  const locked = stateOf(user) === 'locked';
  const unlock = async () => {
    await post(`/users/${user.id}/unlock`);
    toast(t('user.unlocked', { name: user.name }));
    onDone();
  };
  const dropFactor = async () => {
    const yes = await confirm({ title: t('user.factor_title'), text: t('user.factor_text', { name: user.name }), action: t('user.factor_remove') });
    if (yes) {
      await remove(`/users/${user.id}/second-factor`);
      toast(t('user.factor_removed'));
      onDone();
    }
  };
  return (
    <>
      <Facts
        facts={[
          { label: t('user.state'), value: <Status family="account" value={stateOf(user)} /> },
          locked && { label: t('user.locked_until'), value: formatTime(user.locked_until ?? '') },
          { label: t('user.kind'), value: originOf(user) },
          user.kind === 'directory' && { label: t('setup.email'), value: user.email },
          { label: t('user.last_login'), value: user.last_login ? formatTime(user.last_login) : '' },
          { label: t('run.created'), value: user.created ? formatTime(user.created) : '' },
          { label: t('user.second_factor'), value: user.second_factor ? t('value.yes') : t('value.no') },
        ]}
      />
      <div class="actions">
        {locked && (
          <button type="button" class="button" onClick={() => void unlock().catch(fail)}>
            {t('user.unlock')}
          </button>
        )}
        {user.second_factor && (
          <button type="button" class="button danger-text" onClick={() => void dropFactor().catch(fail)}>
            {t('user.factor_remove')}
          </button>
        )}
      </div>
    </>
  );
}

async function drop(user: User, etag: string | null): Promise<void> {
  const yes = await confirm({ title: t('user.delete_title'), text: t('user.delete_text', { name: user.name }), action: t('action.delete') });
  if (yes) {
    await remove(`/users/${user.id}`, etag);
    toast(t('user.deleted', { name: user.name }));
    await navigate('/users');
  }
}

export function UserPage({ id }: { id: string }) {
  const one = useResource<User>(`/users/${id}`);
  const user = one.data;
  if (!user) {
    return (
      <div class="page">
        <Head title={t('user.title')} back={back()} />
        {one.error === undefined ? <Waiting /> : <Failed error={one.error} retry={one.reload} />}
      </div>
    );
  }
  return (
    <div class="page">
      <Head title={user.name} back={back()} state={<Status family="account" value={stateOf(user)} />}>
        {!isFirst(user) && user.id !== me.get()?.id && (
          <button type="button" class="button danger" onClick={() => void drop(user, one.etag).catch(fail)}>
            {t('action.delete')}
          </button>
        )}
      </Head>
      <div class="cards">
        <section class="card" aria-labelledby="user-account">
          <h2 id="user-account">{t('user.account')}</h2>
          <Account one={one} user={user} />
        </section>
        <section class="card" aria-labelledby="user-state">
          <h2 id="user-state">{t('user.state')}</h2>
          <State user={user} onDone={one.reload} />
        </section>
        <div class="card span">
          <h2>{t('user.sessions')}</h2>
          <Sessions path={`/users/${id}/sessions`} />
        </div>
      </div>
    </div>
  );
}
