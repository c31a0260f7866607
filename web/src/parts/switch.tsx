// On or off, at once: a switch in a row of a list.
interface SwitchProps {
  on: boolean;
  label: string;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}

export function Switch({ on, label, onChange, disabled = false }: SwitchProps) {
  return (
    <button type="button" role="switch" class="switch" aria-checked={on} aria-label={label} disabled={disabled} onClick={() => onChange(!on)}>
      <span class="switch-knob" aria-hidden="true" />
    </button>
  );
}
