// How much of a supply is left, without ever inventing a figure: exact percent only when the device
// says so, "some left" hatched, "unknown" as an outline with the word.
import { code, t } from '../lib/i18n';
import { formatPercent } from '../lib/format';
import type { LevelState, Supply } from '../api/types';

export interface Level {
  state: LevelState;
  percent: number | null;
}

export function levelOf(part: { percent: number | null; level: number | null; state?: string }): Level {
  if (part.percent !== null && part.percent >= 0) {
    return { state: 'percent', percent: part.percent };
  }
  const state = part.state;
  if (state === 'some' || part.level === -3) {
    return { state: 'some', percent: null };
  }
  return { state: state === 'unlimited' || part.level === -1 ? 'unlimited' : 'unknown', percent: null };
}

export function levelText(level: Level): string {
  return level.state === 'percent' ? formatPercent(level.percent ?? 0) : code('level', level.state);
}

// Colour names of RFC 3805 and of devices, to the few looks that the style sheet has.
export function colorClass(color: string): string {
  const name = color.toLowerCase().replace(/[^a-z]/g, '');
  const known = ['black', 'cyan', 'magenta', 'yellow', 'red', 'green', 'blue', 'white', 'gray', 'orange', 'violet'];
  const found = known.find((k) => name === k || name === `photo${k}` || name === `matte${k}`);
  if (found) {
    return `ink-${found}`;
  }
  if (name.startsWith('light')) {
    const base = known.find((k) => name === `light${k}`);
    return base ? `ink-${base} ink-light` : 'ink-none';
  }
  return name === 'grey' ? 'ink-gray' : 'ink-none';
}

const lowAt = 10;

export function Bar({ level, color, tall = false }: { level: Level; color: string; tall?: boolean }) {
  const percent = level.state === 'percent' ? Math.max(0, Math.min(100, level.percent ?? 0)) : 100;
  const classes = ['bar', `bar-${level.state}`, colorClass(color), tall ? 'bar-tall' : ''];
  return (
    <span class={classes.join(' ')} style={{ '--part': `${percent}%` }} aria-hidden="true">
      <span class="bar-fill" />
    </span>
  );
}

export function supplyName(supply: Supply): string {
  const type = supply.type ? code('supply_type', supply.type) : '';
  const color = supply.color ? code('color', supply.color.toLowerCase()) : '';
  return supply.description || [type, color].filter(Boolean).join(', ') || supply.key;
}

export function SupplyBar({ supply }: { supply: Supply }) {
  const level = levelOf(supply);
  const low = level.state === 'percent' && (level.percent ?? 100) <= lowAt;
  const fills = supply.class === 'receptacle';
  return (
    <span class={low ? 'supply low' : 'supply'}>
      <Bar level={level} color={supply.color} />
      <span class="supply-value">
        {fills && level.state === 'percent'
          ? t('supply.room', { percent: levelText(level) })
          : levelText(level)}
        {low && <span class="tag tone-warning">{t('supply.low')}</span>}
      </span>
    </span>
  );
}

// Toners and inks of a row in the list: four narrow columns and the lowest figure in words.
export function SupplyStrip({ supplies }: { supplies: Supply[] | undefined }) {
  const shown = (supplies ?? []).filter((s) => s.class !== 'receptacle' && s.color).slice(0, 6);
  if (shown.length === 0) {
    return <span class="none">–</span>;
  }
  const words = shown.map((s) => `${code('color', s.color.toLowerCase())} ${levelText(levelOf(s))}`).join(', ');
  return (
    <span class="strip" title={words}>
      {shown.map((s) => (
        <Bar key={s.key} level={levelOf(s)} color={s.color} tall />
      ))}
      <span class="hidden">{words}</span>
    </span>
  );
}
