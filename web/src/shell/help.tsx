// Help: the shortcuts, and where to read on.
import { keep, settings } from '../api/session';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Dialog } from '../parts/dialog';
import { fail } from '../parts/toast';

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const on = useStore(settings)['shortcuts'] !== false;
  const keys: [string[], string][] = [
    [['/'], t('help.search')],
    [['?'], t('help.help')],
    [['g', 'h'], t('menu.dashboard')],
    [['g', 'd'], t('menu.device_list')],
    [['g', 's'], t('menu.discovery')],
    [['g', 'r'], t('menu.runs')],
    [['g', 'b'], t('menu.built_in')],
    [['Esc'], t('help.escape')],
  ];
  return (
    <Dialog title={t('help.title')} onClose={onClose}>
      <h3>{t('help.shortcuts')}</h3>
      <dl class="keys">
        {keys.map(([names, text]) => (
          <div key={text}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label class="choice">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => void keep('shortcuts', (event.target as HTMLInputElement).checked).catch(fail)}
        />
        {t('help.shortcuts_on')}
      </label>
      <h3>{t('help.more')}</h3>
      <ul>
        <li>
          <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
            {t('help.api')}
          </a>
        </li>
        <li>
          <a href="/about" onClick={onClose}>
            {t('menu.about')}
          </a>
        </li>
      </ul>
    </Dialog>
  );
}
