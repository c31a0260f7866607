// Detailed status: everything the device says about itself now (DEV-112).
import type { DeviceStatus, Part } from '../api/types';
import { code, t } from '../lib/i18n';
import { Bar, levelOf, levelText } from '../parts/supplybar';
import { amount, SupplyTable } from './supplytable';

const partName = (part: Part) => part.name || part.description || part.key;

function Trays({ title, parts, id }: { title: string; parts: Part[] | undefined; id: string }) {
  if (!parts || parts.length === 0) {
    return null;
  }
  return (
    <section class="card span" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div class="table-scroll" tabIndex={0} role="group" aria-labelledby={id}>
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{t('part.name')}</th>
              <th scope="col">{t('part.level')}</th>
              <th scope="col">{t('part.capacity')}</th>
              <th scope="col">{t('part.media')}</th>
              <th scope="col">{t('part.type')}</th>
              <th scope="col">{t('part.state')}</th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => {
              const level = levelOf({ percent: part.percent, level: part.level, state: part.level_state ?? '' });
              return (
                <tr key={part.key}>
                  <th scope="row">{partName(part)}</th>
                  <td>
                    <span class="supply">
                      <Bar level={level} color="" />
                      <span class="supply-value">{levelText(level)}</span>
                    </span>
                  </td>
                  <td>{amount(part.capacity, part.unit)}</td>
                  <td>{part.media || '–'}</td>
                  <td>{code('part_type', part.type) || '–'}</td>
                  <td>{code('part_state', part.state) || '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Simple({ title, parts, id }: { title: string; parts: Part[] | undefined; id: string }) {
  if (!parts || parts.length === 0) {
    return null;
  }
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul class="rows">
        {parts.map((part) => (
          <li key={part.key}>
            <span>{partName(part)}</span>
            <span class={part.state === 'open' ? 'low-text' : 'quiet'}>
              {[code('part_type', part.type), code('part_state', part.state)].filter(Boolean).join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function DeviceStatusTab({ device }: { device: DeviceStatus }) {
  const lines = (device.console ?? []).map((line) => (typeof line === 'string' ? line : line.description || line.name));
  return (
    <div class="cards">
      {lines.length > 0 && (
        <section class="card" aria-labelledby="status-console">
          <h2 id="status-console">{t('device.console')}</h2>
          <pre class="console">{lines.join('\n')}</pre>
        </section>
      )}
      <Simple id="status-covers" title={t('device.covers')} parts={device.covers} />
      <section class="card span" aria-labelledby="status-supplies">
        <h2 id="status-supplies">{t('device.supplies')}</h2>
        <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="status-supplies">
          <SupplyTable supplies={device.supplies ?? []} full />
        </div>
      </section>
      <Trays id="status-inputs" title={t('device.inputs')} parts={device.inputs} />
      <Trays id="status-outputs" title={t('device.outputs')} parts={device.outputs} />
      <Simple id="status-finishers" title={t('device.finishers')} parts={device.finishers} />
    </div>
  );
}
