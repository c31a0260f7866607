// Search, counts of what needs attention, running runs, help, user.
import { connected } from '../api/events';
import { logout, me, settings } from '../api/session';
import { formatNumber, formatPercent } from '../lib/format';
import { code, language, languageNames, languages, t, tn } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Icon } from '../parts/icons';
import { Popover } from '../parts/popover';
import { progressOf, RunBar } from '../parts/runbar';
import { Status } from '../parts/status';
import { fail } from '../parts/toast';
import type { Run } from '../api/types';
import { appearance, choose, densities, themes } from './appearance';
import { may, mayUse } from './entries';
import { Search } from './search';
import { runName } from '../pages/runs';
import { openRuns, summary } from './summary';

// A count is absent while no device has its state (DEV-165); a click lists the devices (DEV-164).
function Counts() {
  const counts = useStore(summary)?.severity;
  return (
    <ul class="counts" aria-label={t('header.counts')}>
      {(['service', 'error', 'warning'] as const).map((severity) => {
        const count = counts?.[severity] ?? 0;
        return count > 0 ? (
          <li key={severity}>
            <a href={`/devices?f=severity:eq:${severity}`} class={`count-link tone-${severity}`} title={code('severity_many', severity)}>
              <Status family="severity" value={severity}>
                <b>{formatNumber(count)}</b> <span class="count-word">{code('severity_many', severity)}</span>
              </Status>
            </a>
          </li>
        ) : null;
      })}
    </ul>
  );
}

function average(runs: Run[]): number {
  const known = runs.map((run) => progressOf(run) ?? 0);
  return Math.round(known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length));
}

function Running() {
  const runs = useStore(openRuns);
  if (runs.length === 0 || !mayUse('tasks')) {
    return null;
  }
  return (
    <Popover
      name={t('header.runs')}
      align="right"
      buttonClass="button plain header-runs"
      label={
        <>
          <span class="spin" aria-hidden="true" />
          <span class="run-words">{tn('header.running', runs.length)}</span>
          <span class="quiet">{formatPercent(average(runs))}</span>
        </>
      }
    >
      {(close) => (
        <ul class="run-list">
          {runs.map((run) => (
            <li key={run.id}>
              <a href={`/runs/${run.id}`} onClick={close}>
                <span>{runName(run)}</span>
                <RunBar run={run} />
              </a>
            </li>
          ))}
          <li>
            <a href="/runs" onClick={close}>
              {t('header.all_runs')}
            </a>
          </li>
        </ul>
      )}
    </Popover>
  );
}

export function LanguageChoice() {
  const current = useStore(language);
  return (
    <label class="stack">
      {t('user.language')}
      <select value={current} onChange={(event) => void choose('language', (event.target as HTMLSelectElement).value).catch(fail)}>
        {languages.map((l) => (
          <option key={l} value={l} lang={l}>
            {languageNames[l]}
          </option>
        ))}
      </select>
    </label>
  );
}

function Choice({ name, label, values }: { name: 'theme' | 'density'; label: string; values: readonly string[] }) {
  return (
    <label class="stack">
      {label}
      <select value={appearance(name)} onChange={(event) => void choose(name, (event.target as HTMLSelectElement).value)}>
        {values.map((value) => (
          <option key={value} value={value}>
            {code(name, value)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function AppearanceChoices() {
  useStore(settings);
  return (
    <>
      <Choice name="theme" label={t('user.theme')} values={themes} />
      <Choice name="density" label={t('user.density')} values={densities} />
    </>
  );
}

function UserMenu() {
  const user = useStore(me);
  return (
    <Popover
      name={t('user.menu')}
      align="right"
      buttonClass="button plain"
      label={
        <>
          <Icon name="user" />
          <span class="user-name">{user?.name}</span>
          <Icon name="down" />
        </>
      }
    >
      {(close) => (
        <div class="filter-editor">
          <p>
            <b>{user?.name}</b>
            <br />
            <span class="quiet">{user && code('role', user.role)}</span>
          </p>
          <ul class="menu">
            <li>
              <a class="menu-item" href="/profile" onClick={close}>
                {t('profile.title')}
              </a>
            </li>
            {may('/devices') && (
              <li>
                <a class="menu-item" href="/profile?tab=display" onClick={close}>
                  {t('profile.columns')}
                </a>
              </li>
            )}
          </ul>
          <LanguageChoice />
          <AppearanceChoices />
          <div class="actions">
            <button type="button" class="button" onClick={() => void logout().catch(fail)}>
              {t('user.logout')}
            </button>
          </div>
        </div>
      )}
    </Popover>
  );
}

function Connection() {
  const state = useStore(connected);
  return (
    <span class="hidden" role="status" aria-live="polite">
      {state === 'lost' ? t('header.lost') : ''}
    </span>
  );
}

function Lost() {
  return useStore(connected) === 'lost' ? (
    <span class="status tone-warning header-lost" title={t('header.lost')} aria-hidden="true">
      <Icon name="refresh" />
    </span>
  ) : null;
}

interface HeaderProps {
  menuOpen: boolean;
  onMenu: () => void;
  onHelp: () => void;
}

export function Header({ menuOpen, onMenu, onHelp }: HeaderProps) {
  return (
    <header class="top">
      <button type="button" class="button plain menu-button" aria-expanded={menuOpen} aria-controls="menu" aria-label={t('menu.title')} onClick={onMenu}>
        <Icon name="menu" />
      </button>
      <a class="brand" href="/">
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M3 8.5a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v3.5H3z" />
          <path class="brand-paper" d="M6 2.5h8v4H6zM5.5 12h9v5.5h-9z" />
        </svg>
        <span>{t('app.name')}</span>
      </a>
      {may('/devices') && (
        <>
          <Search />
          <Counts />
        </>
      )}
      <div class="top-end">
        <Connection />
        <Lost />
        <Running />
        <button type="button" class="button plain help-button" aria-label={t('help.title')} title={t('help.title')} onClick={onHelp}>
          <Icon name="help" />
        </button>
        <UserMenu />
      </div>
    </header>
  );
}
