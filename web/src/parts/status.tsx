// Severity, power, run and agent states: each a colour, a shape and a word.
import type { ComponentChildren } from 'preact';
import { code } from '../lib/i18n';

export type Tone = 'service' | 'error' | 'warning' | 'ok' | 'quiet' | 'busy';

// Outline and inner sign of each shape; a person who sees no colour tells them apart.
const shapes = {
  octagon: ['M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z', 'M8 4.5v4.3M8 11.2v.3'],
  diamond: ['M8 .9 15.1 8 8 15.1.9 8z', 'M8 4.7v4M8 11v.3'],
  triangle: ['M8 1.7 15 14H1z', 'M8 6v4M8 12v.2'],
  disc: ['M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8', 'm5 8.2 2.1 2.1L11 6'],
  ring: ['M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8', ''],
  slash: ['M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8', 'M3.9 12.1 12.1 3.9'],
  question: ['M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8', 'M6.4 6.5a1.7 1.7 0 1 1 2.4 1.5c-.6.3-.8.6-.8 1.2M8 11.3v.2'],
  swap: ['M2 2h12v12H2z', 'M4.8 6h6M9 4l2 2-2 2M11 10H5M7 8l-2 2 2 2'],
  clock: ['M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8', 'M8 4.7V8l2.2 1.5'],
  play: ['M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8', 'M6.5 5.3v5.4L10.8 8z'],
  square: ['M2.5 2.5h11v11h-11z', 'm5.5 5.5 5 5m0-5-5 5'],
  skip: ['M2.5 2.5h11v11h-11z', 'M5 8h6'],
} as const;
type Shape = keyof typeof shapes;

function Sign({ shape, solid }: { shape: Shape; solid: boolean }) {
  const [outline, inner] = shapes[shape];
  return (
    <svg class={solid ? 'sign solid' : 'sign'} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path class="outline" d={outline} />
      {inner && <path class="inner" d={inner} />}
    </svg>
  );
}

type Look = [tone: Tone, shape: Shape, solid: boolean];
const looks: Record<string, Record<string, Look>> = {
  severity: {
    service: ['service', 'octagon', true],
    error: ['error', 'diamond', true],
    warning: ['warning', 'triangle', true],
    normal: ['ok', 'disc', false],
  },
  power: {
    on: ['ok', 'disc', false],
    off: ['quiet', 'ring', false],
    'no-response': ['error', 'slash', false],
    conflict: ['warning', 'swap', false],
    unknown: ['quiet', 'question', false],
  },
  run: {
    waiting: ['quiet', 'clock', false],
    running: ['busy', 'play', true],
    success: ['ok', 'disc', true],
    warning: ['warning', 'triangle', true],
    error: ['error', 'diamond', true],
    timeout: ['error', 'clock', true],
    cancelled: ['quiet', 'square', false],
    skipped: ['quiet', 'skip', false],
    missed: ['warning', 'question', false],
    halted: ['warning', 'square', true],
  },
  log: {
    info: ['quiet', 'ring', false],
    warning: ['warning', 'triangle', true],
    error: ['error', 'diamond', true],
  },
  agent: {
    normal: ['ok', 'disc', true],
    'no-response': ['error', 'slash', false],
    inactive: ['quiet', 'ring', false],
  },
  account: {
    open: ['ok', 'disc', false],
    locked: ['error', 'slash', false],
  },
  posting: {
    waiting: ['quiet', 'clock', false],
    failed: ['error', 'diamond', true],
  },
  decision: {
    accepted: ['ok', 'disc', true],
    known: ['ok', 'disc', false],
    rejected: ['quiet', 'skip', false],
    condition: ['quiet', 'slash', false],
    error: ['error', 'diamond', true],
  },
  diagnosis: {
    well: ['ok', 'disc', true],
    bad: ['error', 'diamond', true],
  },
  function_state: {
    active: ['ok', 'disc', true],
    waiting: ['quiet', 'clock', false],
    failed: ['error', 'diamond', true],
  },
  agent_function: {
    active: ['ok', 'disc', true],
    restarting: ['busy', 'clock', false],
    failed: ['error', 'diamond', true],
    quarantined: ['warning', 'slash', false],
  },
  upload_state: {
    uploading: ['busy', 'play', false],
    checking: ['busy', 'clock', false],
    ready: ['ok', 'disc', true],
    refused: ['error', 'diamond', true],
    installing: ['busy', 'play', true],
  },
  function_event: {
    uploaded: ['quiet', 'ring', false],
    ready: ['quiet', 'disc', false],
    refused: ['error', 'diamond', true],
    installed: ['ok', 'disc', true],
    'rolled-back': ['warning', 'triangle', true],
    removed: ['quiet', 'skip', false],
    cancelled: ['quiet', 'skip', false],
  },
  alert: {
    critical: ['error', 'diamond', true],
    warning: ['warning', 'triangle', true],
    other: ['quiet', 'ring', false],
  },
};

export function tone(family: string, value: string): Tone {
  return looks[family]?.[value]?.[0] ?? 'quiet';
}

// A tone alone: what plugins' pages give their words.
const plain: Record<Tone, Look> = {
  service: ['service', 'octagon', true],
  error: ['error', 'diamond', true],
  warning: ['warning', 'triangle', true],
  ok: ['ok', 'disc', false],
  busy: ['busy', 'play', true],
  quiet: ['quiet', 'ring', false],
};

export function ToneStatus({ tone: own, children }: { tone: Tone; children: ComponentChildren }) {
  return <Drawn look={plain[own]}>{children}</Drawn>;
}

function Drawn({ look, children }: { look: Look; children: ComponentChildren }) {
  return (
    <span class={`status tone-${look[0]}`}>
      <Sign shape={look[1]} solid={look[2]} />
      <span>{children}</span>
    </span>
  );
}

interface StatusProps {
  family: string;
  value: string;
  children?: ComponentChildren;
}

export function Status({ family, value, children }: StatusProps) {
  const look = looks[family]?.[value] ?? (['quiet', 'question', false] as Look);
  return <Drawn look={look}>{children ?? code(family, value)}</Drawn>;
}
