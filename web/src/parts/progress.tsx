// How far something is, as a bar.
import { formatPercent } from '../lib/format';

export function Progress({ value, label }: { value: number; label: string }) {
  return (
    <div class="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value)} aria-valuetext={formatPercent(value)}>
      <span style={{ '--part': String(value / 100) }} />
    </div>
  );
}
