// Automatic logout: asks a minute before the end whether somebody is there, and goes to the login
// when there is no answer (ACC-42, ACC-43). Sessions without a limit are left alone (ACC-28).
import { useEffect, useState } from 'preact/hooks';
import { lastActive, noteActivity, waitForAnswer } from '../api/activity';
import { lastSeenByServer } from '../api/http';
import { leaveIdle, logout, me, stay } from '../api/session';
import { t, tn } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Dialog } from '../parts/dialog';
import { fail } from '../parts/toast';

const MINUTE = 60000;

// How long before the end the question appears: a minute, or half of a very short time.
export function warningTime(limit: number): number {
  return Math.min(MINUTE, limit / 2);
}

// Somebody types or reads without the server hearing of it: it is told now and then.
async function tell(limit: number): Promise<void> {
  const heard = lastSeenByServer();
  if (lastActive() > heard && Date.now() - heard > Math.min(MINUTE, limit / 4)) {
    await stay().catch(() => undefined);
  }
}

export function IdleWatch() {
  const limit = (useStore(me)?.logout_minutes ?? 0) * MINUTE;
  const [left, setLeft] = useState<number>();

  useEffect(() => {
    if (limit === 0) {
      return undefined;
    }
    let leaving = false;
    const look = () => {
      const rest = limit - (Date.now() - lastActive());
      const ask = rest <= warningTime(limit);
      waitForAnswer(ask);
      setLeft(ask ? Math.max(0, Math.ceil(rest / 1000)) : undefined);
      if (rest <= 0 && !leaving) {
        leaving = true;
        void leaveIdle();
      } else if (!ask) {
        void tell(limit);
      }
    };
    const timer = window.setInterval(look, 1000);
    return () => {
      window.clearInterval(timer);
      waitForAnswer(false);
    };
  }, [limit]);

  if (left === undefined || limit === 0) {
    return null;
  }
  const here = () => {
    waitForAnswer(false);
    noteActivity();
    setLeft(undefined);
    void stay().catch(fail);
  };
  return (
    <Dialog title={t('idle.title')} onClose={here}>
      <p>
        {t('idle.text')} <b>{tn('idle.left', left)}</b>
      </p>
      <div class="actions">
        <button type="button" class="button primary" autofocus onClick={here}>
          {t('idle.stay')}
        </button>
        <button type="button" class="button" onClick={() => void logout().catch(fail)}>
          {t('user.logout')}
        </button>
      </div>
    </Dialog>
  );
}
