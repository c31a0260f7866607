// Supplies of a device as a table of bars; the source of each figure is one look away.
import type { Supply } from '../api/types';
import { formatNumber } from '../lib/format';
import { code, t } from '../lib/i18n';
import { SupplyBar, supplyName } from '../parts/supplybar';

export function amount(value: number | null, unit: string): string {
  return typeof value === 'number' && value >= 0 ? `${formatNumber(value)} ${code('unit', unit)}`.trim() : '–';
}

export function SupplyTable({ supplies, full = false }: { supplies: Supply[]; full?: boolean }) {
  if (supplies.length === 0) {
    return <p class="quiet">{t('supply.none')}</p>;
  }
  return (
    <table class={full ? 'plain-table supplies' : 'plain-table supplies brief'}>
      <caption class="hidden">{t('device.supplies')}</caption>
      <thead class={full ? undefined : 'hidden'}>
        <tr>
          <th scope="col">{t('supply.name')}</th>
          <th scope="col">{t('supply.level')}</th>
          {full && (
            <>
              <th scope="col">{t('supply.type')}</th>
              <th scope="col">{t('supply.capacity')}</th>
              <th scope="col">{t('supply.part')}</th>
              <th scope="col">{t('supply.source')}</th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {supplies.map((supply) => (
          <tr key={supply.key}>
            <th scope="row">{supplyName(supply)}</th>
            <td title={full ? undefined : supply.source}>
              <SupplyBar supply={supply} />
            </td>
            {full && (
              <>
                <td>
                  {code('supply_type', supply.type)}
                  {supply.color && <span class="quiet"> · {code('color', supply.color.toLowerCase())}</span>}
                </td>
                <td>
                  {amount(supply.level, '')} / {amount(supply.capacity, supply.unit)}
                </td>
                <td>{supply.part || '–'}</td>
                <td class="quiet">{supply.source}</td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
