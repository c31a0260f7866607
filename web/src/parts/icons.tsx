// Icons as lines on a 16-unit grid. They never stand alone: a word or a label is always beside.
const shapes = {
  menu: 'M2 4h12M2 8h12M2 12h12',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.5 10.5 14 14',
  close: 'm3.5 3.5 9 9m0-9-9 9',
  plus: 'M8 3v10M3 8h10',
  check: 'm3 8.5 3.5 3.5L13 4.5',
  down: 'm4 6 4 4 4-4',
  up: 'm4 10 4-4 4 4',
  left: 'm10 4-4 4 4 4',
  right: 'm6 4 4 4-4 4',
  refresh: 'M13.5 8A5.5 5.5 0 1 1 11.6 3.9M13.5 2v3.2h-3.2',
  external: 'M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13 3 7.5 8.5',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  user: 'M8 2.5a2.75 2.75 0 1 0 0 5.5 2.75 2.75 0 0 0 0-5.5M2.5 14c.6-3 2.8-4.5 5.5-4.5s4.9 1.5 5.5 4.5',
  help: 'M5.7 6a2.3 2.3 0 1 1 3.4 2c-.8.5-1.1.9-1.1 1.7M8 12.3v.4',
  download: 'M8 2.5v7.5M4.7 7 8 10.3 11.3 7M2.5 13.5h11',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  bookmark: 'M4 2.5h8v11L8 10.5l-4 3z',
  play: 'M4.5 3v10l8-5z',
  pause: 'M5 3.5v9M11 3.5v9',
  stop: 'M4 4h8v8H4z',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.7 7v4M9.3 7v4',
  edit: 'm3 13 .6-2.9L10.7 3 13 5.3 5.9 12.4zM9.3 4.4l2.3 2.3',
  dashboard: 'M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3.5H9zM9 8h4.5v5.5H9zM2.5 10.5H7v3H2.5z',
  printer: 'M4.5 6V2.5h7V6M4.5 11.5h-2v-5h11v5h-2M4.5 9.5h7v4h-7z',
  radar: 'M8 8 12.5 3.5M8 2.5a5.5 5.5 0 1 0 5.5 5.5M8 5.5A2.5 2.5 0 1 0 10.5 8',
  runs: 'M2.5 4h1M6 4h7.5M2.5 8h1M6 8h7.5M2.5 12h1M6 12h7.5',
  tasks: 'M2.5 3.5 3.8 5 6 2.5M2.5 8.5 3.8 10 6 7.5M8 4h5.5M8 9h5.5M8 13h5.5M3 13h2',
  script: 'M3.5 2.5h9v11h-9zM6.5 6 5 8l1.5 2M9.5 6 11 8l-1.5 2',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.3l2.3 1.4',
  agent: 'M2.5 3h11v7h-11zM5.5 13.5h5M8 10v3.5',
  key: 'M5.5 4.5a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4M8.6 7.7H14v2.6M11.4 7.7v2',
  sliders: 'M2.5 4.5h6M12 4.5h1.5M2.5 11.5h1.5M7.5 11.5h6M10.2 2.8v3.4M5.7 9.8v3.4',
  info: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 7.3v3.7M8 4.9v.4',
  link: 'M6.5 9.5l3-3M7 4.5l1.6-1.6a2.6 2.6 0 0 1 3.7 3.7L10.7 8.2M9 11.5l-1.6 1.6a2.6 2.6 0 0 1-3.7-3.7L5.3 7.8',
  drag: 'M6 3.5v.1M10 3.5v.1M6 8v.1M10 8v.1M6 12.5v.1M10 12.5v.1',
  group: 'M2.5 3h4v4h-4zM9.5 3h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z',
  globe: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M2.5 8h11M8 2.5c-4 3.5-4 7.5 0 11M8 2.5c4 3.5 4 7.5 0 11',
  mail: 'M2.5 4h11v8.5h-11zM2.8 4.3 8 8.7l5.2-4.4',
  book: 'M3 2.5h9.5v11H4.2A1.2 1.2 0 0 1 3 12.3zM3 12.3c0-.7.5-1.2 1.2-1.2h8.3M5.5 5.5H10M5.5 8H10',
  filter: 'M2 3.5h12L9.5 8.7V13l-3-1.5V8.7z',
  package: 'M2.5 5 8 2.2 13.5 5v6L8 13.8 2.5 11zM2.5 5 8 7.8 13.5 5M8 7.8v6',
  page: 'M3 2.5h10v11H3zM3 6h10M6.5 6v7.5',
} as const;
export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
