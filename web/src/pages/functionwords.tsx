// Words for functions and their packages that several pages show.
import type { AgentCounts, Changes, FunctionInfo } from '../api/functiontypes';
import { code, t, tn, word } from '../lib/i18n';
import { Status } from '../parts/status';
import { functionName } from './userfields';

type Titled = Pick<FunctionInfo, 'name' | 'title'>;

export const functionTitle = ({ title, name }: Titled) => (title ? word(title) : name);

// "Greetings 1.2.0"
export const titleOf = (one: { title: string | null; name: string | null; file_name?: string; version: string | null }) =>
  [word(one.title || one.name || (one.file_name ?? '')), one.version].filter(Boolean).join(' ');

export function agentText({ ok, waiting, failed }: AgentCounts): string {
  const parts = [tn('fn.agents_ok', ok)];
  if (waiting > 0) {
    parts.push(tn('fn.agents_waiting', waiting));
  }
  if (failed > 0) {
    parts.push(tn('fn.agents_failed', failed));
  }
  return parts.join(' · ');
}

// How far the agents are with a function: a system manager sees each in "Agents" (PRF-49).
export function AgentsProgress({ counts }: { counts: AgentCounts | null }) {
  if (!counts || counts.ok + counts.waiting + counts.failed === 0) {
    return <span class="none">–</span>;
  }
  const state = counts.failed > 0 ? 'failed' : counts.waiting > 0 ? 'waiting' : 'active';
  return (
    <a class="quiet-link" href="/agents">
      <Status family="function_state" value={state}>
        {agentText(counts)}
      </Status>
    </a>
  );
}

// What will change, a line each.
export function changeLines(changes: Changes): string[] {
  const lines = [changes.from ? t('fn.change_version', { from: changes.from, to: changes.to }) : t('fn.change_new', { to: changes.to })];
  const steps = changes.migrations ?? [];
  if (steps.length > 0) {
    lines.push(`${tn('fn.change_migrations', steps.length)}: ${steps.map((step) => step.name).join(', ')}`);
  }
  if (changes.tables.length > 0) {
    lines.push(t('fn.change_tables', { tables: changes.tables.join(', ') }));
  }
  if (changes.functions.length > 0) {
    lines.push(t('fn.change_functions', { functions: changes.functions.map((id) => functionName(id)).join(', ') }));
  }
  lines.push(changes.restart ? t('fn.change_restart') : t('fn.change_no_restart'));
  if (changes.agents) {
    lines.push(t('fn.change_agents'));
  }
  return lines;
}

export const kindOfFunction = (kind: string | null) => (kind ? code('function_kind', kind) : '');
