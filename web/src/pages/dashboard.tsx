// The start page: how is the fleet, what needs me, what is running. Everybody chooses the panels of
// the own dashboard; system managers share a second one (DEV-154 to DEV-160).
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { put } from '../api/http';
import { Problem } from '../api/problem';
import { useResource } from '../api/resource';
import type { Dashboard } from '../api/types';
import { code, codeWord, t, tn, word } from '../lib/i18n';
import { usePlace } from '../lib/router';
import { useStore } from '../lib/store';
import { Dialog } from '../parts/dialog';
import type { FieldSpec } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { Empty, Failed, Waiting } from '../parts/message';
import { Popover } from '../parts/popover';
import { Tabs } from '../parts/tabs';
import { fail, toast } from '../parts/toast';
import { isSystemManager, mayUse } from '../shell/entries';
import { summary } from '../shell/summary';
import { AgentsPanel, AttentionPanel, NewestPanel, RunsPanel, Shares } from './boardcards';
import { TablePanel } from './boardtable';
import { powers, severities } from './devicefilters';

interface Panel {
  type: string;
  wide: boolean;
  settings: Record<string, number>;
}

interface Board {
  name: string;
  preset: boolean;
  panels: Panel[];
}

interface PanelType {
  type: string;
  title?: string; // of a plugin's panel: a key of its catalogue
  wide: boolean;
  chart: boolean;
  table: boolean;
  settings: { name: string; minimum: number; maximum: number; preset: number }[];
}

const panelTitle = (type: PanelType) => codeWord('board', type.type) ?? word(type.title ?? type.type);

function Content({ panel, type, counts }: { panel: Panel; type: PanelType; counts: Dashboard }) {
  const known: Record<string, () => ComponentChildren> = {
    severity: () => <Shares family="severity" values={severities} counts={counts.severity} total={counts.devices} />,
    power: () => <Shares family="power" values={powers} counts={counts.power} total={counts.devices} />,
    agents: () => <AgentsPanel agents={counts.agents ?? []} />,
    attention: () => <AttentionPanel />,
    runs: () => <RunsPanel />,
    'newest-alerts': () => <NewestPanel />,
  };
  if (type.table) {
    return <TablePanel type={panel.type} chart={type.chart} title={panelTitle(type)} settings={panel.settings} />;
  }
  return <>{known[panel.type]?.()}</>;
}

function SettingsDialog({ panel, type, onSave, onClose }: { panel: Panel; type: PanelType; onSave: (settings: Record<string, number>) => Promise<void>; onClose: () => void }) {
  const fields: FieldSpec[] = type.settings.map((setting) => ({
    name: setting.name,
    label: code('board_setting', setting.name),
    type: 'number',
    min: setting.minimum,
    max: setting.maximum,
    required: true,
  }));
  return (
    <Dialog title={panelTitle(type)} onClose={onClose}>
      <Form
        fields={fields}
        values={Object.fromEntries(type.settings.map((s) => [s.name, String(panel.settings[s.name] ?? s.preset)]))}
        submit={t('action.save')}
        onCancel={onClose}
        onSubmit={async (values) => {
          await onSave(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)])));
          onClose();
        }}
      />
    </Dialog>
  );
}

interface OptionsProps {
  panel: Panel;
  type: PanelType;
  first: boolean;
  last: boolean;
  onMove: (by: number) => void;
  onChange: (panel: Panel) => Promise<void>;
  onDelete: () => void;
}

// "Panel Options" (DEV-159).
function Options({ panel, type, first, last, onMove, onChange, onDelete }: OptionsProps) {
  const [setting, setSetting] = useState(false);
  const name = t('board.options', { panel: panelTitle(type) });
  const items: [string, boolean, () => void][] = [
    [t('board.earlier'), !first, () => onMove(-1)],
    [t('board.later'), !last, () => onMove(1)],
    [panel.wide ? t('board.narrow') : t('board.wide'), type.wide, () => void onChange({ ...panel, wide: !panel.wide })],
    [t('board.settings'), type.settings.length > 0, () => setSetting(true)],
    [t('action.delete'), true, onDelete],
  ];
  return (
    <>
      <Popover label={<><Icon name="sliders" /><span class="hidden">{name}</span></>} name={name} buttonClass="button plain small" title={name} align="right">
        {(close) => (
          <ul class="menu">
            {items
              .filter(([, offered]) => offered)
              .map(([label, , act]) => (
                <li key={label}>
                  <button
                    type="button"
                    class="menu-item"
                    onClick={() => {
                      close();
                      act();
                    }}
                  >
                    {label}
                  </button>
                </li>
              ))}
          </ul>
        )}
      </Popover>
      {setting && <SettingsDialog panel={panel} type={type} onClose={() => setSetting(false)} onSave={(settings) => onChange({ ...panel, settings })} />}
    </>
  );
}

function AddPanel({ types, onAdd }: { types: PanelType[]; onAdd: (panel: Panel) => void }) {
  return (
    <Popover label={<><Icon name="plus" /> {t('board.add')}</>} name={t('board.add')} align="right">
      {(close) => (
        <ul class="menu">
          {types.map((type) => (
            <li key={type.type}>
              <button
                type="button"
                class="menu-item"
                onClick={() => {
                  close();
                  onAdd({ type: type.type, wide: type.wide, settings: Object.fromEntries(type.settings.map((s) => [s.name, s.preset])) });
                }}
              >
                {panelTitle(type)}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}

function moved<T>(list: T[], from: number, by: number): T[] {
  const next = [...list];
  const [item] = next.splice(from, 1);
  if (item !== undefined) {
    next.splice(from + by, 0, item);
  }
  return next;
}

function BoardView({ name, counts }: { name: string; counts: Dashboard }) {
  const path = `/dashboards/${name}`;
  const board = useResource<Board>(path);
  const types = useResource<{ items: PanelType[] }>('/panels');
  const offered = types.data?.items ?? [];
  const panels = board.data?.panels ?? [];

  const save = async (next: Panel[]) => {
    try {
      await put<Board>(path, { panels: next }, board.etag);
    } catch (error) {
      fail(error);
      if (!(error instanceof Problem) || error.status !== 412) {
        throw error;
      }
    }
    board.reload();
  };
  const quietly = (next: Panel[]) => void save(next).catch(() => undefined);

  if (!board.data || !types.data) {
    const error = board.error ?? types.error;
    return error === undefined ? <Waiting /> : <Failed error={error} retry={board.error === undefined ? types.reload : board.reload} />;
  }
  return (
    <>
      <div class="board-head">
        {!board.data.preset && (
          <button type="button" class="button" onClick={() => void put<Board>(path, {}, board.etag).then(board.reload, fail)}>
            {t('board.reset')}
          </button>
        )}
        <AddPanel types={offered} onAdd={(panel) => quietly([...panels, panel])} />
      </div>
      {panels.length === 0 && <Empty title={t('board.empty')} />}
      <div class="cards board">
        {panels.map((panel, index) => {
          const type = offered.find((one) => one.type === panel.type);
          const key = `${panel.type}-${panels.slice(0, index).filter((p) => p.type === panel.type).length}`;
          return (
            type && (
              <section key={key} class={panel.wide ? 'card span' : 'card'} aria-labelledby={`card-${key}`}>
                <div class="card-head">
                  <h2 id={`card-${key}`}>{panelTitle(type)}</h2>
                  <Options
                    panel={panel}
                    type={type}
                    first={index === 0}
                    last={index === panels.length - 1}
                    onMove={(by) => quietly(moved(panels, index, by))}
                    onChange={(next) => save(panels.map((p, at) => (at === index ? next : p)))}
                    onDelete={() => {
                      const before = panels;
                      void save(panels.filter((_, at) => at !== index)).then(
                        () => toast(t('board.deleted', { panel: panelTitle(type) }), { undo: () => void put<Board>(path, { panels: before }).then(board.reload, fail) }),
                        () => undefined,
                      );
                    }}
                  />
                </div>
                <Content panel={panel} type={type} counts={counts} />
              </section>
            )
          );
        })}
      </div>
    </>
  );
}

function NoDevices() {
  return (
    <Empty title={t('devices.empty')}>
      <p>{t('devices.empty_text')}</p>
      {mayUse('discovery') && (
        <a class="button primary" href="/discovery">
          {t('devices.to_discovery')}
        </a>
      )}
    </Empty>
  );
}

export function DashboardPage() {
  const counts = useStore(summary);
  const place = usePlace();
  const shared = isSystemManager() && place.query.get('board') === 'administrator';
  const title = t(shared ? 'menu.administrator_dashboard' : 'menu.dashboard');
  return (
    <div class="page">
      <Head title={title} state={counts && counts.devices > 0 && <span class="quiet">{tn('dashboard.devices', counts.devices)}</span>} />
      {!counts && <Waiting />}
      {counts && counts.devices === 0 && <NoDevices />}
      {counts && counts.devices > 0 && isSystemManager() && (
        <Tabs
          label={t('menu.dashboard')}
          current={shared ? 'administrator' : 'own'}
          tabs={[
            { id: 'own', label: t('menu.dashboard'), href: '/' },
            { id: 'administrator', label: t('menu.administrator_dashboard'), href: '/?board=administrator' },
          ]}
        />
      )}
      {counts && counts.devices > 0 && <BoardView key={String(shared)} name={shared ? 'administrator' : 'own'} counts={counts} />}
    </div>
  );
}
