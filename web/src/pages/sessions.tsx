// Where somebody is logged in, and the end of it: of one session by its user, of all by a system
// manager.
import { remove } from '../api/http';
import { useResource } from '../api/resource';
import type { UserSession } from '../api/types';
import { browserName } from '../lib/browser';
import { t } from '../lib/i18n';
import { Failed, Waiting } from '../parts/message';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';

interface SessionsProps {
  path: string; // of the list
  own?: boolean; // one at a time; otherwise all at once
}

export function Sessions({ path, own = false }: SessionsProps) {
  const sessions = useResource<{ items: UserSession[] }>(path);
  const items = sessions.data?.items;
  const end = async (target: string) => {
    await remove(target);
    toast(t('session.ended'));
    sessions.reload();
  };
  if (!items) {
    return sessions.error === undefined ? <Waiting /> : <Failed error={sessions.error} retry={sessions.reload} />;
  }
  if (items.length === 0) {
    return <p class="quiet">{t('session.none')}</p>;
  }
  return (
    <>
      <div class="table-wrap" tabIndex={0} role="region" aria-label={t('user.sessions')}>
        <table class="table" role="table">
          <caption class="hidden">{t('user.sessions')}</caption>
          <thead role="rowgroup">
            <tr role="row">
              {[t('session.browser'), t('agent.address'), t('session.created'), t('session.last_used'), t('token.expires')].map((label) => (
                <th key={label} scope="col" role="columnheader">
                  {label}
                </th>
              ))}
              {own && (
                <th scope="col" role="columnheader">
                  {t('list.actions')}
                </th>
              )}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {items.map((session) => (
              <tr key={session.id} role="row">
                <th scope="row" role="rowheader" title={session.browser}>
                  {browserName(session.browser) || '–'} {session.current && <span class="tag">{t('session.current')}</span>}{' '}
                  {session.remembered && <span class="tag">{t('session.remembered')}</span>}
                </th>
                <td role="cell" data-label={t('agent.address')}>
                  {session.address || <span class="none">–</span>}
                </td>
                <td role="cell" data-label={t('session.created')}>
                  <Time value={session.created} />
                </td>
                <td role="cell" data-label={t('session.last_used')}>
                  <Time value={session.last_used} />
                </td>
                <td role="cell" data-label={t('token.expires')}>
                  <Time value={session.expires} exact />
                </td>
                {own && (
                  <td role="cell" data-label={t('list.actions')} class={session.current ? 'roomy' : undefined}>
                    {!session.current && (
                      <button type="button" class="button small danger-text" onClick={() => void end(`${path}/${session.id}`).catch(fail)}>
                        {t('session.end')}
                      </button>
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!own && (
        <div class="actions">
          <button type="button" class="button danger-text" onClick={() => void end(path).catch(fail)}>
            {t('session.end_all')}
          </button>
        </div>
      )}
    </>
  );
}
