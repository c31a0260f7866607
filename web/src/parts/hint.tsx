// More about a word, shown while the pointer or the focus is on it; a tap shows it too, Escape hides it.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface HintProps {
  word: ComponentChildren;
  label: string; // what the button is about, for ears
  children: ComponentChildren;
}

export function Hint({ word, label, children }: HintProps) {
  const [open, setOpen] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const box = panel.current;
    if (!open || !box) {
      return undefined;
    }
    // Over everything, also what scrolls; inside the window, and gone when its word moves away.
    const at = box.parentElement?.getBoundingClientRect() ?? box.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - 8 - box.offsetWidth));
    const below = at.bottom + box.offsetHeight <= document.documentElement.clientHeight;
    box.style.setProperty('--left', `${left}px`);
    box.style.setProperty('--top', `${below ? at.bottom : Math.max(0, at.top - box.offsetHeight)}px`);
    const close = () => setOpen(false);
    addEventListener('scroll', close, { capture: true, passive: true });
    return () => removeEventListener('scroll', close, { capture: true });
  }, [open]);
  return (
    <span
      class="hint"
      onPointerEnter={(event) => event.pointerType === 'mouse' && setOpen(true)}
      onPointerLeave={(event) => event.pointerType === 'mouse' && setOpen(false)}
      onFocusIn={() => setOpen(true)}
      onFocusOut={() => setOpen(false)}
      onKeyDown={(event) => {
        if (open && event.key === 'Escape') {
          event.stopPropagation();
          setOpen(false);
        }
      }}
    >
      <button type="button" class="hint-word" aria-label={label} aria-describedby={open ? id : undefined} aria-expanded={open} onClick={() => setOpen(true)}>
        {word}
      </button>
      {open && (
        <div class="hint-panel" id={id} role="tooltip" ref={panel}>
          {children}
        </div>
      )}
    </span>
  );
}
