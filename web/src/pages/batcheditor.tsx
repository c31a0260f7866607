// The steps of a batch task as a diagram that is edited by hand or keyboard (TSK-57 to TSK-61): a
// tree whose items are subtasks, the branches after them, and endings.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { TaskKind } from '../api/types';
import { branches, complete, DEPTH, depthOf, endings, insert, isBranch, move, parentOf, places, removeAt, replace, stepAt, type Branch, type Path, type Step } from '../lib/batch';
import { code, t } from '../lib/i18n';
import { presets, tidy, type Json } from '../lib/schema';
import { Dialog } from '../parts/dialog';
import type { FieldProps } from '../parts/field';
import { Form } from '../parts/form';
import { Icon, type IconName } from '../parts/icons';
import { Popover } from '../parts/popover';
import { checkSettings, withoutEmptyLines } from '../parts/schemaform';
import { Status } from '../parts/status';
import { toast } from '../parts/toast';
import { schemaOf, settingsField } from './settingsfield';
import { byGroup, groupWord, kindWord } from './taskkinds';

const stepsOf = (value: unknown): Step[] => {
  const { steps } = value as { steps?: unknown };
  return Array.isArray(steps) ? (steps as Step[]) : [];
};

// The first thing that is wrong with the steps, or nothing.
export function checkBatch(value: Json, kinds: TaskKind[]): string | undefined {
  const steps = stepsOf(value);
  for (const path of places(steps)) {
    const step = isBranch(path) ? undefined : stepAt(steps, path);
    if (step?.do !== 'subtask') {
      continue;
    }
    const kind = kinds.find((one) => one.id === step.kind);
    if (!kind) {
      return t('task.no_kind', { kind: step.kind });
    }
    const wrong = Object.values(checkSettings(schemaOf(kind), step.settings))[0];
    if (wrong) {
      return `${step.name}: ${wrong}`;
    }
  }
  return undefined;
}

export const hasNoSteps = (value: Json) => stepsOf(value).length === 0;
export const tidyBatch = (value: Json): Json => ({ ...value, steps: complete(stepsOf(value)) });

interface SubtaskFormProps {
  kind: TaskKind;
  name: string;
  settings: Json;
  onSave: (name: string, settings: Json) => void;
  onClose: () => void;
}

// "Edit Subtask": its name and the settings of its kind (TSK-57, TSK-60).
function SubtaskForm({ kind, name, settings, onSave, onClose }: SubtaskFormProps) {
  const schema = schemaOf(kind);
  return (
    <Dialog title={t('batch.edit')} onClose={onClose}>
      <Form
        guard={false}
        fields={[{ name: 'subtask', label: t('run.name'), type: 'text', required: true, maxLength: 255, autofocus: true }, settingsField(kind)]}
        values={{ subtask: name, settings }}
        submit={t('action.save')}
        onCancel={onClose}
        onSubmit={async (values) => {
          await Promise.resolve();
          onSave(String(values['subtask']).trim(), tidy(schema, withoutEmptyLines(schema, values['settings'] as Json)) as Json);
        }}
      />
    </Dialog>
  );
}

interface AddMenuProps {
  kinds: TaskKind[];
  selected: Step | undefined;
  deepest: boolean;
  onSubtask: (kind: TaskKind, where: 'after' | Branch) => void;
  onEnd: (result: string, where: 'after' | Branch) => void;
}

// Kinds of subtasks, conditions and endings in one menu (TSK-57, TSK-58).
function AddMenu({ kinds, selected, deepest, onSubtask, onEnd }: AddMenuProps) {
  const [where, setWhere] = useState<'after' | Branch>('after');
  const ways = selected?.do === 'subtask' && !deepest ? (['after', ...branches] as const) : (['after'] as const);
  const place = ways.find((way) => way === where) ?? 'after';
  return (
    <Popover
      name={t('batch.add')}
      buttonClass="button batch-add"
      label={
        <>
          <Icon name="plus" />
          {t('batch.add')}
        </>
      }
    >
      {(close) => (
        <div class="filter-editor">
          {selected && (
            <label class="stack">
              {t('batch.where')}
              <select value={place} onChange={(event) => setWhere((event.target as HTMLSelectElement).value as 'after' | Branch)}>
                {ways.map((way) => (
                  <option key={way} value={way}>
                    {code('batch_where', way)}
                  </option>
                ))}
              </select>
            </label>
          )}
          {byGroup(kinds).map(([group, own]) => (
            <section key={group}>
              <p class="side-label">{groupWord(group)}</p>
              <ul class="menu">
                {own.map((kind) => (
                  <li key={kind.id}>
                    <button
                      type="button"
                      class="menu-item"
                      onClick={() => {
                        close();
                        setWhere('after');
                        onSubtask(kind, place);
                      }}
                    >
                      {kindWord(kind.id, kinds)}
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          ))}
          <section>
            <p class="side-label">{t('batch.end')}</p>
            <ul class="menu">
              {endings.map((result) => (
                <li key={result}>
                  <button
                    type="button"
                    class="menu-item"
                    onClick={() => {
                      close();
                      setWhere('after');
                      onEnd(result, place);
                    }}
                  >
                    {code('batch_end', result)}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        </div>
      )}
    </Popover>
  );
}

function BranchLabel({ branch }: { branch: Branch }) {
  return branch === 'always' ? (
    <span class="branch-label">{code('batch_where', branch)}</span>
  ) : (
    <span class="branch-label">
      <Status family="run" value={branch}>
        {code('batch_where', branch)}
      </Status>
    </span>
  );
}

interface Editing {
  kind: TaskKind;
  name: string;
  settings: Json;
  save: (name: string, settings: Json) => void;
}

interface BatchProps extends FieldProps {
  kinds: TaskKind[];
}

export function BatchEditor({ id, value, error, onChange, kinds }: BatchProps) {
  const steps = stepsOf(value);
  const [chosen, setChosen] = useState<Path>();
  const [editing, setEditing] = useState<Editing>();
  const order = places(steps);
  const current = chosen !== undefined && order.includes(chosen) ? chosen : order[0];
  const step = current === undefined || isBranch(current) ? undefined : stepAt(steps, current);
  const able = kinds.filter((kind) => kind.batch);
  const itemId = (path: Path) => `${id}-${path.replace(/\//g, '-')}`;

  const focus = (path: Path | undefined) => {
    setChosen(path);
    window.setTimeout(() => document.getElementById(path === undefined ? `${id}-tree` : itemId(path))?.focus(), 0);
  };
  const change = (next: Step[], path?: Path) => {
    onChange({ ...(value as Json), steps: next });
    focus(path);
  };
  const shift = (by: 1 | -1) => {
    const moved = step && current !== undefined ? move(steps, current, by) : undefined;
    if (moved) {
      change(moved.steps, moved.path);
    }
  };
  const drop = (path: Path) => {
    const before = value;
    const next = removeAt(steps, path);
    const rest = places(next);
    change(next, rest[Math.min(order.indexOf(path), rest.length - 1)]);
    toast(t('batch.deleted'), { undo: () => onChange(before) });
  };
  const edit = (path: Path) => {
    const own = stepAt(steps, path);
    const kind = own?.do === 'subtask' ? kinds.find((one) => one.id === own.kind) : undefined;
    if (own?.do === 'subtask' && kind) {
      const save = (name: string, settings: Json) => change(replace(steps, path, { ...own, name, settings }), path);
      setEditing({ kind, name: own.name, settings: own.settings, save });
    }
  };
  const add = (fresh: Step, where: 'after' | Branch) => {
    const put = insert(steps, step ? current : undefined, where, fresh);
    change(put.steps, put.path);
  };
  const addSubtask = (kind: TaskKind, where: 'after' | Branch) => {
    const save = (name: string, settings: Json) => add({ do: 'subtask', name, kind: kind.id, settings, success: [], warning: [], error: [], always: [] }, where);
    setEditing({ kind, name: kindWord(kind.id, kinds), settings: presets(schemaOf(kind)), save });
  };

  const onKey = (event: KeyboardEvent) => {
    if (current === undefined) {
      return;
    }
    const at = order.indexOf(current);
    const acts: Record<string, () => void> = {
      ArrowDown: () => (event.altKey ? shift(1) : focus(order[Math.min(at + 1, order.length - 1)])),
      ArrowUp: () => (event.altKey ? shift(-1) : focus(order[Math.max(at - 1, 0)])),
      ArrowLeft: () => focus(parentOf(current) ?? current),
      ArrowRight: () => order[at + 1]?.startsWith(`${current}/`) && focus(order[at + 1]),
      Home: () => focus(order[0]),
      End: () => focus(order[order.length - 1]),
      Enter: () => edit(current),
      F2: () => edit(current),
      Delete: () => !isBranch(current) && drop(current),
      Insert: () => document.querySelector<HTMLElement>('.batch-add')?.click(),
    };
    const act = acts[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  };

  // Items stand flat with their level, so that each one's name is its own text alone.
  const label = (path: Path): ComponentChildren => {
    if (isBranch(path)) {
      return <BranchLabel branch={path.slice(path.lastIndexOf('/') + 1) as Branch} />;
    }
    const own = stepAt(steps, path);
    return own?.do === 'subtask' ? (
      <span>
        <b>{own.name}</b> <span class="quiet">{kindWord(own.kind, kinds)}</span>
      </span>
    ) : (
      t('batch.ends', { result: code('batch_end', own?.result ?? '') })
    );
  };
  const look = (path: Path) => (isBranch(path) ? 'batch-branch' : stepAt(steps, path)?.do === 'end' ? 'batch-end' : 'batch-step');
  const item = (path: Path, n: number) => {
    const level = path.split('/').length;
    return (
      <li
        key={path}
        role="treeitem"
        id={itemId(path)}
        class={look(path)}
        style={{ '--depth': String(level - 1) }}
        aria-level={level}
        aria-selected={path === current}
        {...(order[n + 1]?.startsWith(`${path}/`) ? { 'aria-expanded': true } : {})}
        tabIndex={path === current ? 0 : -1}
        onClick={() => setChosen(path)}
        onDblClick={() => edit(path)}
        onFocus={() => setChosen(path)}
      >
        <div class="batch-box">
          {label(path)}
          {!isBranch(path) && (
            <span class="batch-x" aria-hidden="true" title={t('action.delete')} onClick={() => drop(path)}>
              <Icon name="close" />
            </span>
          )}
        </div>
      </li>
    );
  };

  const tool = (label: string, icon: IconName, act: () => void, disabled: boolean) => (
    <button type="button" class="button" disabled={disabled} onClick={act}>
      <Icon name={icon} />
      {label}
    </button>
  );

  return (
    <div class={error ? 'field wrong' : 'field'} id={id} tabIndex={-1}>
      <span class="label" id={`${id}-label`}>
        {t('batch.title')}
      </span>
      <p class="help">{t('batch.help')}</p>
      {error && <p class="field-error">{error}</p>}
      {steps.length === 0 ? (
        <p class="batch-empty quiet" id={`${id}-tree`} tabIndex={-1}>
          {t('batch.none')}
        </p>
      ) : (
        <ul role="tree" class="batch" id={`${id}-tree`} aria-labelledby={`${id}-label`} onKeyDown={onKey}>
          {order.map(item)}
        </ul>
      )}
      <div class="actions" role="toolbar" aria-label={t('list.actions')}>
        <AddMenu kinds={able} selected={step} deepest={current !== undefined && depthOf(current) >= DEPTH} onSubtask={addSubtask} onEnd={(result, where) => add({ do: 'end', result }, where)} />
        {tool(t('action.edit'), 'edit', () => current !== undefined && edit(current), step?.do !== 'subtask')}
        {tool(t('batch.up'), 'up', () => shift(-1), !step)}
        {tool(t('batch.down'), 'down', () => shift(1), !step)}
        {tool(t('action.delete'), 'trash', () => current !== undefined && drop(current), !step)}
      </div>
      {editing && (
        <SubtaskForm
          kind={editing.kind}
          name={editing.name}
          settings={editing.settings}
          onClose={() => setEditing(undefined)}
          onSave={(name, settings) => {
            setEditing(undefined);
            editing.save(name, settings);
          }}
        />
      )}
    </div>
  );
}
