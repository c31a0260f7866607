// A small panel below a button: menus, filter editors, the chooser of columns. Escape and a click
// beside it close it, and the button has the focus again.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface PopoverProps {
  label: ComponentChildren;
  name: string;
  buttonClass?: string;
  title?: string;
  align?: 'left' | 'right';
  start?: boolean;
  onClose?: () => void;
  children: (close: () => void) => ComponentChildren;
}

export function Popover(props: PopoverProps) {
  const { label, name, buttonClass = 'button', align = 'left', start = false } = props;
  const [open, setOpen] = useState(start);
  const root = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const id = useId();

  const close = (focus = true) => {
    setOpen(false);
    props.onClose?.();
    if (focus) {
      root.current?.querySelector('button')?.focus();
    }
  };

  useEffect(() => {
    if (!open) {
      return undefined;
    }
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) {
        close(false);
      }
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);

  useLayoutEffect(() => {
    const box = panel.current;
    if (!open || !box) {
      return;
    }
    // Keeps the panel inside the window on narrow screens.
    const { left, right } = box.getBoundingClientRect();
    const over = Math.max(0, right - (document.documentElement.clientWidth - 8));
    const under = Math.max(0, 8 - left);
    box.style.setProperty('--shift', `${under - over}px`);
    const first = box.querySelector<HTMLElement>('[autofocus]');
    (first ?? box.querySelector<HTMLElement>('input, select, textarea, button, a'))?.focus();
  }, [open]);

  return (
    <div
      class="popover"
      ref={root}
      onKeyDown={(event) => {
        if (open && event.key === 'Escape') {
          event.stopPropagation();
          close();
        }
      }}
    >
      <button
        type="button"
        class={buttonClass}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        title={props.title}
        onClick={() => (open ? close(false) : setOpen(true))}
      >
        {label}
      </button>
      {open && (
        <div class={`panel panel-${align}`} id={id} role="dialog" aria-label={name} ref={panel}>
          {props.children(() => close())}
        </div>
      )}
    </div>
  );
}
