// A QR code out of an SVG text of the server. Only its shapes are taken, so that nothing else that
// an SVG may hold gets into the page.
import { useMemo } from 'preact/hooks';

interface Drawn {
  box: string;
  shapes: { key: string; kind: 'path' | 'rect'; attributes: Record<string, string> }[];
}

const kept = { path: ['d', 'transform'], rect: ['x', 'y', 'width', 'height'] } as const;
const light = /^(#fff(fff)?|white|none)$/i;

export function readQr(svg: string): Drawn | undefined {
  const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  if (root.localName !== 'svg') {
    return undefined;
  }
  const size = (name: string) => root.getAttribute(name)?.replace(/[^0-9.]/g, '') ?? '0';
  const shapes = [...root.querySelectorAll('path, rect')]
    .filter((element) => !light.test(element.getAttribute('fill') ?? ''))
    .map((element, index) => {
      const kind = element.localName as 'path' | 'rect';
      const attributes = Object.fromEntries(kept[kind].map((name) => [name, element.getAttribute(name) ?? '']).filter(([, value]) => value !== ''));
      return { key: String(index), kind, attributes };
    });
  return { box: root.getAttribute('viewBox') ?? `0 0 ${size('width')} ${size('height')}`, shapes };
}

export function Qr({ svg, label }: { svg: string; label: string }) {
  const drawn = useMemo(() => readQr(svg), [svg]);
  return drawn ? (
    <svg class="qr" viewBox={drawn.box} role="img" aria-label={label} shape-rendering="crispEdges">
      {drawn.shapes.map(({ key, kind: Shape, attributes }) => (
        <Shape key={key} {...attributes} />
      ))}
    </svg>
  ) : null;
}
